using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Scheduling.Events;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Loop;

/// <summary>
/// Takes events to one sink, in order, until they are stored; a sink that fails is tried again for ever. What is on the way is safe: the
/// state store keeps it until it is confirmed. What comes alone goes at once; what follows soon is gathered, because a database pays by the batch:
/// <code>
///   commits   |  | ||  |  | |  ||            batches   [1]      [2 3 4 5]      [6 7 8]
///                                                       |← 25 ms →|
/// </code>
/// </summary>
internal sealed partial class EventPump(IEventSink sink, TimeProvider time, ILogger logger, HandOver handOver)
{
    private const int MostInBatch = 5000;

    /// <summary>Two writes begin so far apart, unless a batch is full.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Channel<SchedulerEvent> queue = handOver.Channel<SchedulerEvent>();

    /// <summary>Why the sink does not take events, if it does not.</summary>
    public string? Fault { get; private set; }

    public void Add(IEnumerable<SchedulerEvent> events)
    {
        foreach (SchedulerEvent happening in events)
        {
            queue.Writer.TryWrite(happening);
        }
    }

    /// <summary>No more events will come; <see cref="RunAsync"/> ends when it has written the rest.</summary>
    public void Complete() => queue.Writer.TryComplete();

    public async Task RunAsync(Action<long> confirm, CancellationToken cancellationToken)
    {
        long stored = await RetryAsync(() => sink.OpenAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        if (stored > 0)
        {
            confirm(stored);
        }

        var batch = new List<SchedulerEvent>();
        long? begun = null;
        while (await queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Fill(batch, stored);
            if (batch.Count == 0)
            {
                continue;
            }

            if (batch.Count < MostInBatch && begun is { } before && Gathering - time.GetElapsedTime(before) is var rest && rest > TimeSpan.Zero && !queue.Reader.Completion.IsCompleted)
            {
                await Task.Delay(rest, time, cancellationToken).ConfigureAwait(false);
                Fill(batch, stored);
            }

            begun = time.GetTimestamp();
            await RetryAsync(
                async () =>
                {
                    await sink.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                    return 0L;
                },
                cancellationToken).ConfigureAwait(false);
            stored = batch[^1].Sequence;
            confirm(stored);
            batch.Clear();
        }
    }

    private void Fill(List<SchedulerEvent> batch, long stored)
    {
        while (batch.Count < MostInBatch && queue.Reader.TryRead(out SchedulerEvent? happening))
        {
            if (happening.Sequence > stored)
            {
                batch.Add(happening);
            }
        }
    }

    private async Task<long> RetryAsync(Func<ValueTask<long>> action, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        while (true)
        {
            try
            {
                long result = await action().ConfigureAwait(false);
                Fault = null;
                return result;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A sink may fail in any way that its database can; the events are safe and the next try may succeed.
                Fault = e.Message;
                LogSinkFailed(sink.Name, e.Message, pause.TotalSeconds);
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(2300, LogLevel.Error, "The event sink {Sink} failed: {Reason} Trying again in {Seconds:0.0} s; no event is lost meanwhile.")]
    private partial void LogSinkFailed(string sink, string reason, double seconds);
}
