using ElasticJob.Events.Queries;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Events;

/// <summary>An event store in a database: each question is asked of one snapshot, in the SQL that the databases have in common.</summary>
public abstract class SqlEventStore : IEventStore
{
    private protected SqlEventStore()
    {
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract ValueTask<long> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Stores events durably; see <see cref="IEventSink.WriteAsync"/>. An empty store begins with whatever event comes first.</summary>
    /// <exception cref="EventGapException">Events are missing before or between these.</exception>
    /// <exception cref="EventStoreException">The store failed, or the repeated events are not those that it holds.</exception>
    public abstract ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> RunsAsync(RunFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.RunsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RunView?> FindRunAsync(string run, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.FindRunAsync(snapshot, run, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<TaskView>> TasksAsync(string run, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.TasksAsync(snapshot, run, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TaskView?> FindTaskAsync(string task, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.FindTaskAsync(snapshot, task, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<LedgerEntry>> LedgerAsync(LedgerFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.LedgerAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<SchedulerEvent>> EventsAsync(EventFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.EventsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<ExecutionView>> ExecutionsAsync(ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.ExecutionsAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<AuditView>> AuditAsync(AuditFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.AuditAsync(snapshot, filter, page, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(StatisticsRequest request, CancellationToken cancellationToken) =>
        AskAsync(snapshot => EventQuestions.StatisticsAsync(snapshot, request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Report<ExecutionLogRow>> ExecutionLogAsync(ReportRequest request, CancellationToken cancellationToken) =>
        AskAsync(snapshot => ReportQuestions.ExecutionLogAsync(snapshot, request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Report<StatusTraceRow>> StatusTraceLogAsync(ReportRequest request, CancellationToken cancellationToken) =>
        AskAsync(snapshot => ReportQuestions.StatusTraceLogAsync(snapshot, request, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RunningPoint>> RunningAsync(
        RunningKind what, DateTimeOffset since, DateTimeOffset until, StatisticsStep step, CancellationToken cancellationToken) =>
        AskAsync(snapshot => ReportQuestions.RunningAsync(snapshot, what, since, until, step, cancellationToken), cancellationToken);

    /// <summary>Asks within one read transaction, so that several statements of one question see the same state.</summary>
    internal abstract ValueTask<T> AskAsync<T>(Func<IEventSnapshot, ValueTask<T>> question, CancellationToken cancellationToken);
}
