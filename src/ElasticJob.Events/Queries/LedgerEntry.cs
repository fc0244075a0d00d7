using ElasticJob.Protocol.Reports;

namespace ElasticJob.Events;

/// <summary>How due times of a job were answered.</summary>
public sealed record LedgerEntry
{
    /// <summary>The event that answered.</summary>
    public required long Sequence { get; init; }

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The due time; of several, the first. Of a manual run the time of the request.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>The last due time that is answered here; of one, the same.</summary>
    public required DateTimeOffset DueUntil { get; init; }

    /// <summary>How many due times are answered here; 0 for a manual run.</summary>
    public required int DueCount { get; init; }

    /// <summary>What the answer is.</summary>
    public required LedgerAnswer Answer { get; init; }

    /// <summary>The run that answers.</summary>
    public string? Run { get; init; }

    /// <summary>The resident shard that answers.</summary>
    public int? Shard { get; init; }

    /// <summary>When it started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Start minus <see cref="DueAt"/>; absent while nothing started and for manual runs.</summary>
    public TimeSpan? Lateness => Answer != LedgerAnswer.Manual && StartedAt is { } started ? started - DueAt : null;

    /// <summary>How it ended, in lower camel case: an outcome of a run, or of an execution.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why nothing ran, or why it ran late, or else why its run ended as it did: a short stable phrase.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for a person.</summary>
    public string? Message { get; init; }
}

/// <summary>Kinds of answers to due times.</summary>
public enum LedgerAnswer
{
    /// <summary>A run.</summary>
    Run,

    /// <summary>Nothing ran; the reason says why.</summary>
    Skipped,

    /// <summary>A resident shard ran.</summary>
    Execution,

    /// <summary>No due time at all: somebody asked for the run.</summary>
    Manual,
}

/// <summary>How a resident shard answered due times.</summary>
/// <param name="Sequence">The event.</param>
/// <param name="At">When the scheduler learned it.</param>
/// <param name="Job">The job.</param>
/// <param name="Run">Its standing run.</param>
/// <param name="Task">The task of the shard.</param>
/// <param name="Shard">The shard item.</param>
/// <param name="Hostname">Where it ran.</param>
/// <param name="Report">What the shard reported.</param>
public sealed record ExecutionView(
    long Sequence, DateTimeOffset At, string Job, string? Run, string? Task, int? Shard, string? Hostname, ExecutionReport Report);
