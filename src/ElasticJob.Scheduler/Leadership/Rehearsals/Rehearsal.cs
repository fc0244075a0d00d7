using ElasticJob.Events;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Leadership.Rehearsals;

/// <summary>
/// A scheduler that waits for its turn takes over a made-up state a few times: from a store in memory, towards a master in memory. All code of a takeover
/// has run then, and most of it is optimized; the real one takes a third of the time. Nothing of it touches ZooKeeper, the cluster or the events.
/// </summary>
internal sealed class Rehearsal(TimeProvider time)
{
    /// <summary>The runtime optimizes code that was called often, in the background, a little later; so there are several rounds with pauses.</summary>
    private const int Rounds = 12;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LongestRound = TimeSpan.FromSeconds(10);

    /// <summary>Rehearses; may be cancelled at any moment.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var store = new InMemoryStateStore();
        await RehearsedState.StoreAsync(store, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        for (int round = 0; round < Rounds; round++)
        {
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            stop.CancelAfter(LongestRound);
            await OnceAsync(store.Another(), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task OnceAsync(InMemoryStateStore store, CancellationTokenSource stop)
    {
        await using InMemoryStateStore closed = store;
        var master = new RehearsalMaster();
        using var http = new HttpMessageInvoker(master);
        var driver = new MesosDriver(
            new MesosDriverOptions
            {
                Connection = new SchedulerConnectionOptions { Masters = [new Uri("http://rehearsal.invalid:5050")] },
                RunnerCommand = "rehearsal",
            },
            http,
            new EndlessLease(),
            time,
            NullLogger<MesosDriver>.Instance);
        var loop = new SchedulerLoop(store, driver, [new NoSink()], new CoreOptions(), time, NullLoggerFactory.Instance);
        Task deciding = loop.RunAsync(stop.Token);
        await Task.WhenAny(master.Launched, deciding).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await deciding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes events nowhere.</summary>
    private sealed class NoSink : IEventSink
    {
        public string Name => "rehearsal";

        public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => new(0L);

        public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
