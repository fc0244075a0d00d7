namespace ElasticJob.Events;

/// <summary>Which rows of a report are wanted.</summary>
public sealed record ReportRequest
{
    /// <summary>The page, from 1.</summary>
    public int Page { get; init; } = 1;

    /// <summary>Rows of a page, 1 to 1,000; 10 by default.</summary>
    public int PerPage { get; init; } = 10;

    /// <summary>Column to sort by; the time by default, then the newest comes first.</summary>
    public string? Sort { get; init; }

    /// <summary>Whether the order is turned.</summary>
    public bool Descending { get; init; }

    /// <summary>Only rows from then on.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only rows up to then, inclusive.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Only rows whose column has exactly this text.</summary>
    public IReadOnlyDictionary<string, string> Equal { get; init; } = new Dictionary<string, string>();
}

/// <summary>One page of a report.</summary>
/// <typeparam name="T">Its rows.</typeparam>
/// <param name="Total">How many rows the whole report has.</param>
/// <param name="Rows">The rows of the page.</param>
public sealed record Report<T>(long Total, IReadOnlyList<T> Rows);

/// <summary>A row of <c>JOB_EXECUTION_LOG</c>.</summary>
public sealed record ExecutionLogRow(
    string Id,
    string JobName,
    string TaskId,
    string Hostname,
    string Ip,
    int ShardingItem,
    string ExecutionSource,
    string? FailureCause,
    bool IsSuccess,
    DateTimeOffset? StartTime,
    DateTimeOffset? CompleteTime);

/// <summary>A row of <c>JOB_STATUS_TRACE_LOG</c>.</summary>
public sealed record StatusTraceRow(
    string Id,
    string JobName,
    string OriginalTaskId,
    string TaskId,
    string SlaveId,
    string Source,
    string ExecutionType,
    string ShardingItem,
    string State,
    string Message,
    DateTimeOffset CreationTime);

/// <summary>What is counted while it goes on.</summary>
public enum RunningKind
{
    /// <summary>Runs with at least one shard launched.</summary>
    Runs,

    /// <summary>Tasks that were launched.</summary>
    Tasks,
}

/// <summary>How many went on at one moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Count">How many.</param>
public sealed record RunningPoint(DateTimeOffset At, long Count);
