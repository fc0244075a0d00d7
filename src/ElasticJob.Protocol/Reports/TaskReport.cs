namespace ElasticJob.Protocol.Reports;

/// <summary>What an executor says about a task, as UTF-8 JSON in the data of a status update.</summary>
public sealed record TaskReport
{
    /// <summary>How much is done, from 0 to 1, if the job says so.</summary>
    public double? Progress { get; init; }

    /// <summary>What the job says about its progress, or its result.</summary>
    public string? Text { get; init; }

    /// <summary>Absolute path of the executor's sandbox on its agent; in the first report of a task.</summary>
    public string? Sandbox { get; init; }

    /// <summary>Path of the task's log inside <see cref="Sandbox"/>.</summary>
    public string? Log { get; init; }

    /// <summary>Why the attempt failed.</summary>
    public TaskFailure? Failure { get; init; }

    /// <summary>The last lines of the task's log, newest last; at most 20 lines of 500 characters.</summary>
    public IReadOnlyList<string>? LastLines { get; init; }

    /// <summary>Resident shards: the executions settled since the last report that was acknowledged, oldest first.</summary>
    public IReadOnlyList<ExecutionReport>? Executions { get; init; }

    /// <summary>Resident shards: due times up to and including this one are answered by this and earlier reports.</summary>
    public DateTimeOffset? FiredUpTo { get; init; }
}
