using ElasticJob.Events.Queries;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>
/// An event store in memory, for tests and for debugging. It is the SQLite store without a file, so that both answer alike; it is gone with the object.
/// </summary>
public sealed class InMemoryEventStore : SqlEventStore
{
    private readonly SqliteEventStore store = new();

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override ValueTask<long> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken) =>
        store.WriteAsync(events, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken) =>
        store.RemoveOldAsync(retention, now, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => store.DisposeAsync();

    internal override ValueTask<T> AskAsync<T>(Func<IEventSnapshot, ValueTask<T>> question, CancellationToken cancellationToken) =>
        store.AskAsync(question, cancellationToken);
}
