using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.Core;

/// <summary>Makes immutable views of runs.</summary>
internal static class RunViews
{
    public static RunView Of(Run run, World world) => new()
    {
        Id = run.Id,
        Job = run.Job.Name.Value,
        Version = run.Version,
        Trigger = run.Trigger,
        DueAt = run.DueAt,
        CreatedAt = run.CreatedAt,
        StartedAt = run.StartedAt,
        State = run.State,
        Outcome = run.State == RunState.Ending ? run.EndingAs : null,
        Reason = run.EndingReason,
        Parameter = run.Parameter,
        Actor = run.Actor,
        Shards = [.. run.Shards.Select(s => Of(s, world))],
    };

    public static TaskView Of(Attempt attempt, World world)
    {
        world.Agents.TryGetValue(attempt.Agent, out Agent? agent);
        return new TaskView
        {
            Id = attempt.Task,
            Run = attempt.Run.Id,
            Job = attempt.Run.Job.Name.Value,
            Shard = attempt.Shard.Item,
            Attempt = attempt.Number,
            State = attempt.State,
            FencingToken = attempt.FencingToken,
            Agent = attempt.Agent,
            Hostname = agent?.Hostname,
            AgentAddress = agent?.Address,
            Executor = attempt.Executor,
            LaunchedAt = attempt.LaunchedAt,
            RunningAt = attempt.RunningAt,
            EndedAt = attempt.EndedAt,
            Progress = attempt.Progress,
            ProgressText = attempt.ProgressText,
            Sandbox = attempt.Sandbox,
            Log = attempt.Log,
            Message = attempt.Message,
            Failure = attempt.Failure,
            LastLines = attempt.LastLines,
        };
    }

    private static ShardView Of(Shard shard, World world) => new()
    {
        Item = shard.Item,
        State = shard.State,
        Attempts = shard.Attempts,
        Task = shard.Attempt is { } attempt ? Of(attempt, world) : null,
        NotBefore = shard.NotBefore,
        Reason = shard.Reason,
        Outcome = shard.Outcome,
    };
}
