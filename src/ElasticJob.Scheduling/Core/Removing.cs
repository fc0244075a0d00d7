using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>Takes apps and jobs out. A removed job stays in <see cref="World.Leaving"/> until its last run has ended.</summary>
internal sealed class Removing(World world, Changes changes, Firing firing, RunLifecycle runs, ExecutorPool executors, AuditTrail trail)
{
    public CommandResult RemoveApp(Command.RemoveApp remove)
    {
        if (!world.Apps.TryGetValue(remove.App, out App? app))
        {
            return CommandResult.Missing("app", remove.App.Value);
        }

        if (remove.Expected is { } expected && expected != app.Record.Version)
        {
            return CommandResult.Changed($"app/{remove.App}", app.Record.Version, expected);
        }

        if (app.Jobs.Count > 0)
        {
            return new CommandResult(CommandStatus.Conflict, $"app {remove.App} is used by {app.Jobs.Count} jobs ({string.Join(", ", app.Jobs.Order().Take(3))}{(app.Jobs.Count > 3 ? ", …" : "")}); remove them first");
        }

        trail.Add("app", remove.App.Value, "removed");
        world.Apps.Remove(remove.App);
        changes.Write(StateKeys.App(remove.App), null);
        changes.Emit(new SchedulerEvent { Kind = EventKind.AppRemoved, App = remove.App.Value, Version = app.Record.Version, Actor = remove.Actor.Name });
        executors.AppChanged(remove.App);
        return CommandResult.Done;
    }

    public CommandResult RemoveJob(Command.RemoveJob remove)
    {
        if (!world.Jobs.TryGetValue(remove.Job, out Job? job))
        {
            return CommandResult.Missing("job", remove.Job.Value);
        }

        if (remove.Expected is { } expected && expected != job.Record.Version)
        {
            return CommandResult.Changed($"job/{remove.Job}", job.Record.Version, expected);
        }

        trail.Add("job", remove.Job.Value, "removed");
        firing.Fire(job);
        if (!job.Definition.Enabled)
        {
            firing.SettleDisabled(job);
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
            Actor = remove.Actor.Name,
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
}
