using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>What people ask of runs: start one, end one, say that a place is lost.</summary>
internal sealed class RunCommands(World world, Firing firing, RunLifecycle runs, AttemptLifecycle attempts, AuditTrail trail)
{
    public CommandResult TriggerJob(Command.TriggerJob trigger)
    {
        if (!world.Jobs.TryGetValue(trigger.Job, out Job? job))
        {
            return CommandResult.Missing("job", trigger.Job.Value);
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
            Actor = trigger.Actor.Name,
        });
        if (run is null)
        {
            return new CommandResult(CommandStatus.Conflict, $"overlap: {refusal}");
        }

        trail.Add("run", run.Id, "triggered");
        return new CommandResult(CommandStatus.Done, Run: run.Id);
    }

    public CommandResult KillRun(Command.KillRun kill)
    {
        if (!world.Runs.TryGetValue(kill.Run, out Run? run))
        {
            return NotUnfinished(kill.Run);
        }

        string reason = $"killed by {kill.Actor.Name}";
        if (kill.Shard is { } item)
        {
            if (run.Shards.FirstOrDefault(s => s.Item == item) is not { } shard)
            {
                return NoShard(kill.Run, item);
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

        trail.Add("run", kill.Shard is { } only ? $"{kill.Run} shard {only}" : kill.Run, "killed");
        return CommandResult.Done;
    }

    public CommandResult DeclareLost(Command.DeclareLost lost)
    {
        if (!world.Runs.TryGetValue(lost.Run, out Run? run))
        {
            return NotUnfinished(lost.Run);
        }

        if (run.Shards.FirstOrDefault(s => s.Item == lost.Shard) is not { } shard)
        {
            return NoShard(lost.Run, lost.Shard);
        }

        if (shard is not { State: ShardState.Active, Attempt: { } attempt })
        {
            return new CommandResult(CommandStatus.Conflict, $"shard {lost.Shard} of run {lost.Run} has no task");
        }

        if (!attempt.IsUncertain)
        {
            return new CommandResult(CommandStatus.Conflict, $"the cluster says that task {attempt.Task} is {attempt.State}: it is not lost; kill it instead");
        }

        attempts.DeclareLost(attempt, lost.Actor.Name);
        trail.Add("run", $"{lost.Run} shard {lost.Shard}", "declaredLost");
        return CommandResult.Done;
    }

    private CommandResult NotUnfinished(string run) => world.Finished.Any(f => f.Run.Id == run)
        ? new CommandResult(CommandStatus.Conflict, $"run {run} is finished")
        : CommandResult.Missing("unfinished run", run);

    private static CommandResult NoShard(string run, int item) => new(CommandStatus.NotFound, $"run {run} has no shard {item}");

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
}
