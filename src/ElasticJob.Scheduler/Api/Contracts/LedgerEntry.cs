using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>One line of a job's ledger: a due time (or several in a row), and the run or the reason that answers it.</summary>
public sealed record LedgerEntry
{
    /// <summary>The due time; of several, the first.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Of several, the last.</summary>
    public DateTimeOffset? DueUntil { get; init; }

    /// <summary>How many due times this line covers.</summary>
    public int Count { get; init; } = 1;

    /// <summary><c>run</c>, <c>skipped</c>, <c>execution</c> (of a resident shard) or <c>manual</c> (no due time; somebody asked).</summary>
    public required string Answer { get; init; }

    /// <summary>The run that answers it.</summary>
    public string? Run { get; init; }

    /// <summary>The shard, of a resident job.</summary>
    public int? Shard { get; init; }

    /// <summary>
    /// Where a run stands that has not ended: <c>waiting</c> (for an earlier run of its job), <c>ready</c> (it waits for a place), <c>running</c> or
    /// <c>ending</c>; absent once it has ended, and where no run answers.
    /// </summary>
    public RunState? State { get; init; }

    /// <summary>How the run or execution ended, in lower camel case; absent before that; <see cref="State"/> says whether a run goes on or only waits.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why it was skipped or late, or else why its run ended as it did, as a short stable phrase.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for a person.</summary>
    public string? Message { get; init; }

    /// <summary>When user code of the run or execution was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>How long after the (first) due time that was, in milliseconds.</summary>
    public long? LatenessMs { get; init; }
}
