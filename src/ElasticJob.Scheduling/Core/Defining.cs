using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>Stores apps and jobs, and makes a new version take effect: on due times, on what waits and on resident runs.</summary>
internal sealed class Defining(World world, Changes changes, Firing firing, RunLifecycle runs, ResidentRuns residents, ExecutorPool executors, AuditTrail trail)
{
    public CommandResult Apply(Command.Apply apply)
    {
        if (Refuse(apply) is { } refusal)
        {
            return refusal;
        }

        var done = new List<DefinitionChange>();
        foreach (AppDefinition app in apply.Apps)
        {
            done.Add(Store(app, apply.Actor.Name));
        }

        foreach (JobDefinition job in apply.Jobs)
        {
            done.Add(Store(job, apply.Actor.Name));
        }

        return new CommandResult(CommandStatus.Done, Changes: done);
    }

    public CommandResult EnableApp(Command.EnableApp enable)
    {
        if (!world.Apps.TryGetValue(enable.App, out App? app))
        {
            return CommandResult.Missing("app", enable.App.Value);
        }

        Store(app.Record.Definition with { Enabled = enable.Enabled }, enable.Actor.Name);
        return CommandResult.Done;
    }

    public CommandResult EnableJob(Command.EnableJob enable)
    {
        if (!world.Jobs.TryGetValue(enable.Job, out Job? job))
        {
            return CommandResult.Missing("job", enable.Job.Value);
        }

        if (job.Definition.Enabled != enable.Enabled)
        {
            Change(job, job.Definition with { Enabled = enable.Enabled }, enable.Actor.Name);
        }

        return CommandResult.Done;
    }

    private CommandResult? Refuse(Command.Apply apply)
    {
        foreach ((string key, long expected) in apply.Expected ?? new Dictionary<string, long>())
        {
            string name = key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
            long stored = key.StartsWith("app/", StringComparison.Ordinal)
                ? world.Apps.GetValueOrDefault(new AppName(name))?.Record.Version ?? 0
                : world.Jobs.GetValueOrDefault(new JobName(name))?.Record.Version ?? 0;
            if (stored != expected)
            {
                return CommandResult.Changed(key, stored, expected);
            }
        }

        foreach (JobDefinition job in apply.Jobs)
        {
            if (!world.Apps.ContainsKey(job.App) && !apply.Apps.Any(a => a.Name == job.App))
            {
                return new CommandResult(CommandStatus.Invalid, $"job {job.Name}: there is no app '{job.App}'; apply it first, or together with the job");
            }

            if (world.Leaving.TryGetValue(job.Name, out Job? leaving))
            {
                return new CommandResult(CommandStatus.Conflict, $"job {job.Name} was removed and its run {leaving.Active.FirstOrDefault()?.Id} is still being ended");
            }
        }

        return null;
    }

    private DefinitionChange Store(AppDefinition definition, string actor)
    {
        if (!world.Apps.TryGetValue(definition.Name, out App? app))
        {
            app = new App(new AppRecord(definition, 1, world.Now.Wall));
            world.Apps.Add(definition.Name, app);
            trail.Add("app", definition.Name.Value, "created", () => DefinitionDiff.Between(null, DefinitionWriter.Write(definition)));
            Save(app, EventKind.AppCreated, actor);
            return new DefinitionChange("app", definition.Name.Value, "created", 1);
        }

        if (DefinitionEquality.Same(app.Record.Definition, definition))
        {
            return new DefinitionChange("app", definition.Name.Value, "unchanged", app.Record.Version);
        }

        bool switched = app.Record.Definition.Enabled != definition.Enabled;
        if (switched)
        {
            SettleJobs(app);
        }

        AppDefinition old = app.Record.Definition;
        trail.Add("app", definition.Name.Value, "updated", () => DefinitionDiff.Between(DefinitionWriter.Write(old), DefinitionWriter.Write(definition)));
        app.Record = new AppRecord(definition, app.Record.Version + 1, world.Now.Wall);
        Save(app, EventKind.AppUpdated, actor);
        if (switched)
        {
            AppSwitched(app);
        }

        executors.AppChanged(definition.Name);
        return new DefinitionChange("app", definition.Name.Value, "updated", app.Record.Version);
    }

    private DefinitionChange Store(JobDefinition definition, string actor)
    {
        if (!world.Jobs.TryGetValue(definition.Name, out Job? job))
        {
            DateTimeOffset now = world.Now.Wall;
            job = new Job(new JobRecord(definition, 1, now, now, now, world.Meta.LatestNamed)) { Cursor = new CursorRecord { AnsweredUpTo = now } };
            world.Jobs.Add(definition.Name, job);
            world.Apps[definition.App].Jobs.Add(definition.Name);
            Compiling.Compile(job);
            trail.Add("job", definition.Name.Value, "created", () => DefinitionDiff.Between(null, DefinitionWriter.Write(definition)));
            Save(job, EventKind.JobCreated, actor);
            firing.Plan(job);
            residents.Keep(job);
            return new DefinitionChange("job", definition.Name.Value, "created", 1);
        }

        if (DefinitionEquality.Same(job.Definition, definition))
        {
            return new DefinitionChange("job", definition.Name.Value, "unchanged", job.Record.Version);
        }

        Change(job, definition, actor);
        return new DefinitionChange("job", definition.Name.Value, "updated", job.Record.Version);
    }

    /// <summary>
    /// A new version: what was due before belongs to the old one and is settled first; runs keep the version they were created with; new due times
    /// get the new one. Disabling cancels what waits; a resident job is started anew.
    /// </summary>
    private void Change(Job job, JobDefinition definition, string actor)
    {
        firing.Fire(job);
        JobRecord old = job.Record;
        trail.Add("job", job.Name.Value, "updated", () => DefinitionDiff.Between(DefinitionWriter.Write(old.Definition), DefinitionWriter.Write(definition)));
        if (job.VersionUses.ContainsKey(old.Version))
        {
            changes.Write(StateKeys.Version(job.Name, old.Version), StateJson.Write(old, StateJson.Default.JobRecord));
        }

        if (!old.Definition.Enabled)
        {
            firing.SettleDisabled(job);
        }

        if (old.Definition.App != definition.App)
        {
            if (world.Apps.TryGetValue(old.Definition.App, out App? before))
            {
                before.Jobs.Remove(job.Name);
            }

            world.Apps[definition.App].Jobs.Add(job.Name);
        }

        bool newGrid = old.Definition.Every != definition.Every;
        job.Record = old with
        {
            Definition = definition,
            Version = old.Version + 1,
            UpdatedAt = world.Now.Wall,
            Anchor = newGrid ? world.Now.Wall : old.Anchor,
        };
        bool sameTimes = old.Definition.Enabled
            && definition.Enabled
            && old.Definition.Mode == definition.Mode
            && DefinitionEquality.SameSchedule(old.Definition, definition);
        Compiling.Compile(job);
        if (!sameTimes)
        {
            firing.CountFromNow(job, evenBackwards: Firing.IsIntervalAlone(old.Definition) || Firing.IsIntervalAlone(definition));
        }

        Save(job, EventKind.JobUpdated, actor);
        if (!definition.Enabled && old.Definition.Enabled)
        {
            foreach (Run waiting in job.Waiting.Concat(job.Active.Where(r => r.StartedAt is null)).ToArray())
            {
                runs.End(waiting, Outcome.Cancelled, "disabled");
            }
        }

        firing.Plan(job);
        residents.Keep(job);
    }

    /// <summary>Before an app is switched: its jobs' due times so far are settled as they stood.</summary>
    private void SettleJobs(App app)
    {
        foreach (JobName name in app.Jobs.Order())
        {
            firing.Fire(world.Jobs[name]);
        }
    }

    private void AppSwitched(App app)
    {
        if (!app.Record.Definition.Enabled)
        {
            // By the app that a run was created for: its job may have moved to another one since.
            AppName name = app.Record.Definition.Name;
            foreach (Run run in world.Runs.Values.Where(r => r.Definition.App == name && r.StartedAt is null && !r.IsResident).OrderBy(r => r.Order).ToArray())
            {
                runs.End(run, Outcome.Cancelled, "the app was disabled");
            }
        }

        foreach (JobName name in app.Jobs.Order())
        {
            residents.Keep(world.Jobs[name]);
        }
    }

    private void Save(App app, EventKind kind, string actor)
    {
        changes.Write(StateKeys.App(app.Record.Definition.Name), StateJson.Write(app.Record, StateJson.Default.AppRecord));
        changes.Emit(new SchedulerEvent { Kind = kind, App = app.Record.Definition.Name.Value, Version = app.Record.Version, Actor = actor });
    }

    private void Save(Job job, EventKind kind, string actor)
    {
        changes.Write(StateKeys.Job(job.Name), StateJson.Write(job.Record, StateJson.Default.JobRecord));
        changes.TouchCursor(job);
        changes.Emit(new SchedulerEvent
        {
            Kind = kind,
            App = job.Definition.App.Value,
            Job = job.Name.Value,
            Version = job.Record.Version,
            Actor = actor,
            Message = job.Definition.Enabled ? null : "disabled",
        });
    }
}
