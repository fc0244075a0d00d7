namespace ElasticJob.Protocol.Reports;

/// <summary>How a resident shard answered one due time, or several that one answer covers.</summary>
public sealed record ExecutionReport
{
    /// <summary>The due time; of several, the first.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Of several due times that one answer covers, the last; otherwise absent.</summary>
    public DateTimeOffset? DueUntil { get; init; }

    /// <summary>How many due times this answers.</summary>
    public int DueCount { get; init => field = Math.Max(value, 1); } = 1;

    /// <summary>What became of it.</summary>
    public required ExecutionOutcome Outcome { get; init; }

    /// <summary>When user code started; absent when skipped.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When user code ended; absent when skipped.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Why it was skipped, or why it ran late.</summary>
    public string? Reason { get; init; }

    /// <summary>Why it failed.</summary>
    public TaskFailure? Failure { get; init; }
}

/// <summary>What became of one due time of a resident shard.</summary>
public enum ExecutionOutcome
{
    /// <summary>User code returned normally.</summary>
    Succeeded,

    /// <summary>User code failed.</summary>
    Failed,

    /// <summary>Nothing ran; the reason says why.</summary>
    Skipped,
}
