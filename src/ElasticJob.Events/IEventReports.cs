namespace ElasticJob.Events;

/// <summary>
/// The two tables of ElasticJob Cloud, read page by page, and how much was going on at a time. A page or column that makes no sense is an
/// <see cref="ArgumentException"/>; a store that cannot be read an <see cref="EventStoreException"/>.
/// </summary>
public interface IEventReports
{
    /// <summary>Rows of <c>JOB_EXECUTION_LOG</c>: one for each attempt of a transient job and each execution of a resident shard.</summary>
    ValueTask<Report<ExecutionLogRow>> ExecutionLogAsync(ReportRequest request, CancellationToken cancellationToken);

    /// <summary>Rows of <c>JOB_STATUS_TRACE_LOG</c>: one for each state of each task.</summary>
    ValueTask<Report<StatusTraceRow>> StatusTraceLogAsync(ReportRequest request, CancellationToken cancellationToken);

    /// <summary>How many runs or tasks were going on at the end of each step from <paramref name="since"/> to <paramref name="until"/>, oldest first.</summary>
    /// <param name="what">Runs or tasks.</param>
    /// <param name="since">From, inclusive.</param>
    /// <param name="until">To, exclusive; later than <paramref name="since"/> by at most 10,000 steps.</param>
    /// <param name="step">Width of a step.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<RunningPoint>> RunningAsync(
        RunningKind what, DateTimeOffset since, DateTimeOffset until, StatisticsStep step, CancellationToken cancellationToken);
}
