using ElasticJob.Events;
using ElasticJob.Scheduling.Events;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Loop;

/// <summary>
/// Takes events to several sinks, each at its own pace. An event is confirmed once every sink has it: what one of them lacks stays in the state store,
/// however long that sink is away, and the others go on.
/// </summary>
internal sealed class EventPumps
{
    private readonly Lock gate = new();
    private readonly (IEventSink Sink, EventPump Pump)[] pumps;
    private readonly long[] stored;
    private long confirmed;

    public EventPumps(IReadOnlyList<IEventSink> sinks, TimeProvider time, ILogger logger, HandOver? handOver = null)
    {
        if (sinks.Count == 0)
        {
            throw new ArgumentException("Events need at least one sink.");
        }

        pumps = [.. sinks.Select(sink => (sink, new EventPump(sink, time, logger, handOver ?? HandOver.ThroughThreadPool)))];
        stored = new long[pumps.Length];
    }

    /// <summary>Why events stay in the backlog, if they do; each sink that fails with its reason.</summary>
    public string? Fault
    {
        get
        {
            string[] faults = [.. pumps.Where(p => p.Pump.Fault is not null).Select(p => $"{p.Sink.Name}: {p.Pump.Fault}")];
            return faults.Length == 0 ? null : string.Join(" ", faults);
        }
    }

    public void Add(IReadOnlyList<SchedulerEvent> events)
    {
        foreach ((_, EventPump pump) in pumps)
        {
            pump.Add(events);
        }
    }

    /// <summary>No more events will come; <see cref="RunAsync"/> ends when every sink has the rest.</summary>
    public void Complete()
    {
        foreach ((_, EventPump pump) in pumps)
        {
            pump.Complete();
        }
    }

    public Task RunAsync(Action<long> confirm, CancellationToken cancellationToken) =>
        Task.WhenAll(pumps.Select((p, i) => p.Pump.RunAsync(sequence => Store(i, sequence, confirm), cancellationToken)));

    // Confirmations must arrive in order, so they are told under the lock.
    private void Store(int sink, long sequence, Action<long> confirm)
    {
        lock (gate)
        {
            stored[sink] = sequence;
            long smallest = stored.Min();
            if (smallest > confirmed)
            {
                confirmed = smallest;
                confirm(smallest);
            }
        }
    }
}
