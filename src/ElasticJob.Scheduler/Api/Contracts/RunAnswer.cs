using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>A run: one firing of one version of a job.</summary>
public sealed record RunAnswer
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Its job.</summary>
    public required string Job { get; init; }

    /// <summary>The version of the job that it runs.</summary>
    public required long Version { get; init; }

    /// <summary>Why it started.</summary>
    public required Trigger Trigger { get; init; }

    /// <summary>The due time that it answers; for manual runs the time of the request.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first shard was launched.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Why it ended so, or what it waits for.</summary>
    public string? Reason { get; init; }

    /// <summary>Parameter that overrides the job's.</summary>
    public string? Parameter { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? Actor { get; init; }

    /// <summary>Number of shards.</summary>
    public int ShardCount { get; init; }

    /// <summary>Its shards; absent in lists.</summary>
    public IReadOnlyList<ShardAnswer>? Shards { get; init; }
}

/// <summary>One shard of a run.</summary>
public sealed record ShardAnswer
{
    /// <summary>The item.</summary>
    public required int Item { get; init; }

    /// <summary>Where it stands.</summary>
    public required ShardState State { get; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>The task of the current or last attempt.</summary>
    public TaskAnswer? Task { get; init; }

    /// <summary>Not before then, when it waits for its next attempt.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it waits, or why it ended so.</summary>
    public string? Reason { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome? Outcome { get; init; }
}
