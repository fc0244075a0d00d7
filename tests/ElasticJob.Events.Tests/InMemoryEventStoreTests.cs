using ElasticJob.Events.Tests.Contract;

namespace ElasticJob.Events.Tests;

public sealed class InMemoryEventStoreTests : EventStoreContract
{
    private protected override (IEventSink Sink, IEventQueries Queries, Func<EventRetention, DateTimeOffset, ValueTask<long>> Sweep) Create()
    {
        var store = new InMemoryEventStore();
        return (store, store, (retention, now) => store.RemoveOldAsync(retention, now, Cancellation));
    }
}
