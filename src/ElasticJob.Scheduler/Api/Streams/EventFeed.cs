using ElasticJob.Events;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Api.Streams;

/// <summary>
/// The newest events for all who follow them: the store is asked once for everybody, and each event is written as bytes once. What is kept is bounded, and
/// a follower keeps nothing but its position: one that lags behind what is kept reads from the store until it has caught up. While nobody follows,
/// nothing happens here.
/// </summary>
internal sealed class EventFeed(IEventQueries store, SchedulerApiOptions options, TimeProvider time)
{
    private const int MostKept = 8 * 1024 * 1024;
    private const int MostInLook = 1_000;
    private const int MostInCatchingUp = 100;

    private readonly Lock gate = new();
    private readonly Queue<EventFrames> kept = new();
    private int keptLength;
    private long keptAfter = -1;
    private long known;
    private Task? looking;

    /// <summary>The newest event of the store; 0 when there is none.</summary>
    public async Task<long> NewestAsync(CancellationToken cancellationToken) =>
        (await store.EventsAsync(new EventFilter(), new PageRequest(1), cancellationToken)).Items.FirstOrDefault()?.Sequence ?? 0;

    /// <summary>The next part of what follows <paramref name="position"/>: never much, because a follower may take long to read it.</summary>
    /// <returns>Frames, none when there is nothing yet, and the position that is reached with them.</returns>
    public async Task<(EventFrames? Frames, long Reached)> ReadAsync(long position, EventFilter filter, CancellationToken cancellationToken)
    {
        long upTo;
        lock (gate)
        {
            upTo = known;
            if (keptAfter >= 0 && position >= keptAfter)
            {
                EventFrames? next = kept.FirstOrDefault(frames => frames.Last > position);
                return (next, next?.Last ?? Math.Max(position, upTo));
            }
        }

        Page<SchedulerEvent> page = await store.EventsAsync(
            filter with { After = position }, new PageRequest(MostInCatchingUp, null, OldestFirst: true), cancellationToken);
        return page.Items.Count == 0
            ? (null, Math.Max(position, upTo))
            : (new EventFrames(page.Items), page.Next is null ? Math.Max(page.Items[^1].Sequence, upTo) : page.Items[^1].Sequence);
    }

    /// <summary>Waits until the store was looked at again; all who wait share one look.</summary>
    /// <exception cref="EventStoreException">The store cannot be read.</exception>
    public Task LookAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            looking = looking is null or { IsCompleted: true } ? LookAgainAsync() : looking;
            return looking.WaitAsync(cancellationToken);
        }
    }

    private async Task LookAgainAsync()
    {
        await Task.Delay(options.FollowPause, time, CancellationToken.None);
        long after = known;
        Page<SchedulerEvent> page = await store.EventsAsync(new EventFilter { After = after }, new PageRequest(MostInLook), CancellationToken.None);
        if (page.Items.Count == 0)
        {
            lock (gate)
            {
                keptAfter = keptAfter < 0 ? after : keptAfter;
            }

            return;
        }

        var frames = new EventFrames([.. page.Items.Reverse()]);
        lock (gate)
        {
            if (page.Next is not null || keptAfter < 0)
            {
                // More has come than one look tells: what is kept would have a gap.
                kept.Clear();
                keptLength = 0;
                keptAfter = page.Next is null ? after : frames.First - 1;
            }

            kept.Enqueue(frames);
            keptLength += frames.Length;
            known = frames.Last;
            while (keptLength > MostKept && kept.Count > 1)
            {
                EventFrames oldest = kept.Dequeue();
                keptLength -= oldest.Length;
                keptAfter = oldest.Last;
            }
        }
    }
}
