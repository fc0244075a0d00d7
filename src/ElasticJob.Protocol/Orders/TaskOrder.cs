namespace ElasticJob.Protocol.Orders;

/// <summary>
/// What an executor is told to do: one attempt at one shard of one run. It travels as UTF-8 JSON in the data of the task;
/// an executor in any language can read it.
/// </summary>
public sealed record TaskOrder
{
    /// <summary>Name of the job.</summary>
    public required string Job { get; init; }

    /// <summary>Version of the job's definition that this attempt belongs to.</summary>
    public long JobVersion { get; init; }

    /// <summary>Id of the run.</summary>
    public required string Run { get; init; }

    /// <summary>Id of the task; unique for ever.</summary>
    public required string Task { get; init; }

    /// <summary>The due time that the run answers; for manual runs the time of the request.</summary>
    public DateTimeOffset ScheduledAt { get; init; }

    /// <summary>Why the run started.</summary>
    public Trigger Trigger { get; init; }

    /// <summary>Shard item, from 0 to <see cref="ShardCount"/> − 1.</summary>
    public int Shard { get; init; }

    /// <summary>Number of shards of the job.</summary>
    public int ShardCount { get; init => field = Math.Max(value, 1); } = 1;

    /// <summary>Parameter of this shard, if the job gives one.</summary>
    public string? ShardParameter { get; init; }

    /// <summary>Parameter of the job, or of the manual trigger that overrides it.</summary>
    public string? JobParameter { get; init; }

    /// <summary>1 for the first attempt at this shard, then 2, 3, …</summary>
    public int Attempt { get; init => field = Math.Max(value, 1); } = 1;

    /// <summary>Grows with every attempt of this shard over all runs: a resource can refuse a writer with a smaller token.</summary>
    public long FencingToken { get; init; }

    /// <summary>The work: exactly one of <see cref="ClassWork"/>, <see cref="ScriptWork"/>, <see cref="HttpWork"/>.</summary>
    public required Work Work { get; init; }

    /// <summary>Set for shards of a resident job: when to fire inside the executor.</summary>
    public ResidentOrder? Resident { get; init; }

    /// <summary>W3C trace context (<c>traceparent</c>) of this attempt; absent for resident shards, whose executions are traces of their own.</summary>
    public string? TraceParent { get; init; }
}
