using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>Carries out what people ask for. A refusal changes nothing.</summary>
internal sealed class CommandHandling(World world, Changes changes, Firing firing, RunLifecycle runs, ExecutorPool executors)
{
    public CommandResult Handle(Command command) => command switch
    {
        Command.Apply apply => Apply(apply),
        Command.RemoveApp remove => RemoveApp(remove),
        Command.RemoveJob remove => RemoveJob(remove),
        Command.EnableApp enable => EnableApp(enable),
        Command.EnableJob enable => EnableJob(enable),
        Command.TriggerJob trigger => TriggerJob(trigger),
        Command.KillRun kill => KillRun(kill),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command, "There is no such command."),
    };

    private CommandResult Apply(Command.Apply apply)
    {
        if (Refuse(apply) is { } refusal)
        {
            return refusal;
        }

        var done = new List<DefinitionChange>();
        foreach (AppDefinition app in apply.Apps)
        {
            done.Add(Store(app, apply.Actor));
        }

        foreach (JobDefinition job in apply.Jobs)
        {
            done.Add(Store(job, apply.Actor));
        }

        return new CommandResult(CommandStatus.Done, Changes: done);
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
                return new CommandResult(CommandStatus.Conflict, stored == 0 ? $"{key} does not exist" : $"{key} is at version {stored}, not {expected}");
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
            Save(job, EventKind.JobCreated, actor);
            firing.Plan(job);
            KeepResident(job);
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
        if (job.VersionUses.ContainsKey(old.Version))
        {
            changes.Write(StateKeys.Version(job.Name, old.Version), StateJson.Write(old, StateJson.Default.JobRecord));
        }

        if (!old.Definition.Enabled)
        {
            SettleDisabled(job);
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
            job.Cursor = job.Cursor with { AnsweredUpTo = job.Cursor.AnsweredUpTo > world.Now.Wall ? job.Cursor.AnsweredUpTo : world.Now.Wall };
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
        KeepResident(job);
    }

    private CommandResult RemoveApp(Command.RemoveApp remove)
    {
        if (!world.Apps.TryGetValue(remove.App, out App? app))
        {
            return Missing("app", remove.App.Value);
        }

        if (app.Jobs.Count > 0)
        {
            return new CommandResult(CommandStatus.Conflict, $"app {remove.App} is used by {app.Jobs.Count} jobs ({string.Join(", ", app.Jobs.Order().Take(3))}{(app.Jobs.Count > 3 ? ", …" : "")}); remove them first");
        }

        world.Apps.Remove(remove.App);
        changes.Write(StateKeys.App(remove.App), null);
        changes.Emit(new SchedulerEvent { Kind = EventKind.AppRemoved, App = remove.App.Value, Version = app.Record.Version, Actor = remove.Actor });
        executors.AppChanged(remove.App);
        return CommandResult.Done;
    }

    private CommandResult RemoveJob(Command.RemoveJob remove)
    {
        if (!world.Jobs.TryGetValue(remove.Job, out Job? job))
        {
            return Missing("job", remove.Job.Value);
        }

        firing.Fire(job);
        if (!job.Definition.Enabled)
        {
            SettleDisabled(job);
        }

        job.NextDue = null;
        world.Jobs.Remove(remove.Job);
        if (world.Apps.TryGetValue(job.Definition.App, out App? app))
        {
            app.Jobs.Remove(remove.Job);
        }

        changes.Write(StateKeys.Job(remove.Job), null);
        changes.Write(StateKeys.Cursor(remove.Job), null);
        changes.Emit(new SchedulerEvent
        {
            Kind = EventKind.JobRemoved,
            App = job.Definition.App.Value,
            Job = remove.Job.Value,
            Version = job.Record.Version,
            Actor = remove.Actor,
        });
        if (job.VersionUses.Count > 0)
        {
            world.Leaving.Add(remove.Job, job);
            if (job.VersionUses.ContainsKey(job.Record.Version))
            {
                changes.Write(StateKeys.Version(remove.Job, job.Record.Version), StateJson.Write(job.Record, StateJson.Default.JobRecord));
            }

            foreach (Run run in job.Waiting.Concat(job.Active).ToArray())
            {
                runs.End(run, Outcome.Killed, "the job was removed");
            }
        }

        return CommandResult.Done;
    }

    private CommandResult EnableApp(Command.EnableApp enable)
    {
        if (!world.Apps.TryGetValue(enable.App, out App? app))
        {
            return Missing("app", enable.App.Value);
        }

        Store(app.Record.Definition with { Enabled = enable.Enabled }, enable.Actor);
        return CommandResult.Done;
    }

    private CommandResult EnableJob(Command.EnableJob enable)
    {
        if (!world.Jobs.TryGetValue(enable.Job, out Job? job))
        {
            return Missing("job", enable.Job.Value);
        }

        if (job.Definition.Enabled != enable.Enabled)
        {
            Change(job, job.Definition with { Enabled = enable.Enabled }, enable.Actor);
        }

        return CommandResult.Done;
    }

    private CommandResult TriggerJob(Command.TriggerJob trigger)
    {
        if (!world.Jobs.TryGetValue(trigger.Job, out Job? job))
        {
            return Missing("job", trigger.Job.Value);
        }

        if (job.Definition.Mode == JobMode.Resident)
        {
            return new CommandResult(CommandStatus.Conflict, $"job {trigger.Job} is resident: it fires inside its executor and cannot be triggered");
        }

        if (!job.Definition.Enabled)
        {
            return new CommandResult(CommandStatus.Conflict, $"job {trigger.Job} is disabled; enable it first");
        }

        if (world.Apps.TryGetValue(job.Definition.App, out App? app) && !app.Record.Definition.Enabled)
        {
            return new CommandResult(CommandStatus.Conflict, $"app {job.Definition.App} of job {trigger.Job} is disabled; enable it first");
        }

        if (job.Fault is not null)
        {
            return new CommandResult(CommandStatus.Conflict, $"job {trigger.Job} cannot run: {job.Fault}");
        }

        List<int>? shards = trigger.Shards is { Count: > 0 } asked ? [.. asked.Distinct().Order()] : null;
        if (shards is not null && (shards[0] < 0 || shards[^1] >= job.Definition.ShardCount))
        {
            return new CommandResult(CommandStatus.Invalid, $"shards: job {trigger.Job} has the shards 0 to {job.Definition.ShardCount - 1}, not {string.Join(", ", shards.Where(s => s < 0 || s >= job.Definition.ShardCount))}");
        }

        firing.Fire(job);
        (Run? run, string? refusal) = firing.Admit(job, new NewRun(Trigger.Manual, world.Now.Wall)
        {
            Parameter = trigger.Parameter,
            Shards = shards,
            Actor = trigger.Actor,
        });
        return run is null
            ? new CommandResult(CommandStatus.Conflict, $"overlap: {refusal}")
            : new CommandResult(CommandStatus.Done, Run: run.Id);
    }

    private CommandResult KillRun(Command.KillRun kill)
    {
        if (!world.Runs.TryGetValue(kill.Run, out Run? run))
        {
            return world.Finished.Any(f => f.Run.Id == kill.Run)
                ? new CommandResult(CommandStatus.Conflict, $"run {kill.Run} is finished")
                : Missing("unfinished run", kill.Run);
        }

        string reason = $"killed by {kill.Actor}";
        if (kill.Shard is { } item)
        {
            if (run.Shards.FirstOrDefault(s => s.Item == item) is not { } shard)
            {
                return new CommandResult(CommandStatus.NotFound, $"run {kill.Run} has no shard {item}");
            }

            KillShard(run, shard, reason);
        }
        else if (run.IsResident)
        {
            foreach (Shard shard in run.Shards)
            {
                KillShard(run, shard, reason);
            }
        }
        else
        {
            runs.End(run, Outcome.Killed, reason);
        }

        return CommandResult.Done;
    }

    /// <summary>A killed shard of a resident job is still wanted and starts again; any other has ended.</summary>
    private void KillShard(Run run, Shard shard, string reason)
    {
        if (!run.IsResident)
        {
            runs.EndShard(run, shard, Outcome.Killed, reason);
        }
        else if (shard.State == ShardState.Active)
        {
            runs.Kill(shard.Attempt!);
        }
    }

    /// <summary>Makes the standing run of a resident job what it should be: there, of this version, or not at all.</summary>
    private void KeepResident(Job job)
    {
        bool appEnabled = world.Apps.TryGetValue(job.Definition.App, out App? app) && app.Record.Definition.Enabled;
        bool wanted = job.Definition is { Enabled: true, Mode: JobMode.Resident } && job.Fault is null && appEnabled;
        bool there = false;
        foreach (Run run in job.Active.Concat(job.Waiting).Where(r => r.IsResident).ToArray())
        {
            if (wanted && run.Version == job.Record.Version && run.State != RunState.Ending)
            {
                there = true;
            }
            else
            {
                runs.End(run, Outcome.Killed, wanted ? "updated" : "disabled");
            }
        }

        if (wanted && !there)
        {
            runs.Create(job, new NewRun(Trigger.Resident, world.Now.Wall));
            runs.Advance(job);
        }
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
        foreach (JobName name in app.Jobs.Order())
        {
            Job job = world.Jobs[name];
            if (!app.Record.Definition.Enabled)
            {
                foreach (Run waiting in job.Waiting.Concat(job.Active.Where(r => r.StartedAt is null && !r.IsResident)).ToArray())
                {
                    runs.End(waiting, Outcome.Cancelled, "the app was disabled");
                }
            }

            KeepResident(job);
        }
    }

    /// <summary>When a job is enabled again: what was due in the meantime is recorded, not caught up.</summary>
    private void SettleDisabled(Job job)
    {
        DateTimeOffset now = world.Now.Wall;
        if (job.Definition.Mode == JobMode.Transient)
        {
            firing.Skip(job, now, "disabled", "the job was disabled");
            return;
        }

        job.Cursor = job.Cursor with { FiredUpTo = [] };
        changes.TouchCursor(job);
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

    private static CommandResult Missing(string kind, string name) => new(CommandStatus.NotFound, $"there is no {kind} '{name}'");
}
