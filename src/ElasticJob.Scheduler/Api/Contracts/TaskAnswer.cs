using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>One attempt at a shard.</summary>
public sealed record TaskAnswer
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The shard item.</summary>
    public required int Shard { get; init; }

    /// <summary>Which attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Its state.</summary>
    public required TaskState State { get; init; }

    /// <summary>Fencing token.</summary>
    public long FencingToken { get; init; }

    /// <summary>Id of its agent.</summary>
    public string? Agent { get; init; }

    /// <summary>Host name of its agent.</summary>
    public string? Hostname { get; init; }

    /// <summary>Its executor.</summary>
    public string? Executor { get; init; }

    /// <summary>When it was launched.</summary>
    public DateTimeOffset? LaunchedAt { get; init; }

    /// <summary>When user code started.</summary>
    public DateTimeOffset? RunningAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Progress from 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>What the job says of its progress.</summary>
    public string? ProgressText { get; init; }

    /// <summary>Why it ended so.</summary>
    public string? Message { get; init; }

    /// <summary>What went wrong.</summary>
    public TaskFailure? Failure { get; init; }

    /// <summary>Whether a log can be asked for.</summary>
    public bool HasLog { get; init; }

    /// <summary>Last lines of its log, once it ended.</summary>
    public IReadOnlyList<string>? LastLines { get; init; }
}
