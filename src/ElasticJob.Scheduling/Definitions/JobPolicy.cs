using ElasticJob.Protocol.Orders;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>What a job does when due times are late, overlap, or attempts fail. Every combination is defined; see docs/policies.md.</summary>
public sealed record JobPolicy
{
    /// <summary>Due times that could not start on time.</summary>
    public MisfirePolicy Misfire { get; init; } = MisfirePolicy.FireOnce;

    /// <summary>How far back late due times are still caught up; 1 hour by default. Older ones are recorded as skipped.</summary>
    public TimeSpan CatchUpWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Due times during a run of the same job.</summary>
    public OverlapPolicy Overlap { get; init; } = OverlapPolicy.QueueOne;

    /// <summary>Whether a shard whose place was lost is run again elsewhere. Without, and with one attempt, a shard never runs twice.</summary>
    public bool Failover { get; init; } = true;

    /// <summary>How a failed attempt is repeated.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Longest time for a run from its first launch to its end; none by default.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether the shards of a run start together.</summary>
    public LaunchPolicy Launch { get; init; } = LaunchPolicy.AllShards;

    /// <summary>How long an unreachable agent is given to come back before its shards fail over; 1 minute by default.</summary>
    public TimeSpan UnreachableTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long user code has to end after a kill; 30 seconds by default.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>How a failed attempt is repeated.</summary>
public sealed record RetryPolicy
{
    /// <summary>Attempts in all; 1 (the default) means no repetition.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>Pause before the second attempt; doubled each time.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest pause.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>When the shards of a run start.</summary>
public enum LaunchPolicy
{
    /// <summary>All at once, or none yet: the run waits until every shard has a place.</summary>
    AllShards,

    /// <summary>Each as soon as it has a place.</summary>
    EachShard,
}
