using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Events;

/// <summary>
/// An event store in memory, for tests and for debugging. It is the SQLite store without a file, so that both answer alike; it is gone with the object.
/// </summary>
public sealed class InMemoryEventStore : IEventStore
{
    private readonly SqliteEventStore store = new();

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    /// <inheritdoc cref="SqliteEventStore.WriteAsync"/>
    public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken) =>
        store.WriteAsync(events, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken) =>
        store.RemoveOldAsync(retention, now, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<RunView>> RunsAsync(RunFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        store.RunsAsync(filter, page, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RunView?> FindRunAsync(string run, CancellationToken cancellationToken) => store.FindRunAsync(run, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<TaskView>> TasksAsync(string run, PageRequest page, CancellationToken cancellationToken) =>
        store.TasksAsync(run, page, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<TaskView?> FindTaskAsync(string task, CancellationToken cancellationToken) => store.FindTaskAsync(task, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<LedgerEntry>> LedgerAsync(LedgerFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        store.LedgerAsync(filter, page, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<SchedulerEvent>> EventsAsync(EventFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        store.EventsAsync(filter, page, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Page<ExecutionView>> ExecutionsAsync(ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken) =>
        store.ExecutionsAsync(filter, page, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(StatisticsRequest request, CancellationToken cancellationToken) =>
        store.StatisticsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => store.DisposeAsync();
}
