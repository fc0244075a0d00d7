using ElasticJob.Events;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Loop;

/// <summary>An event leaves the state in ZooKeeper when the sink has it. A leader that dies in between must neither lose it nor tell it twice.</summary>
public sealed class SinkConfirmationTests
{
    private const string Outbox = "outbox/";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task LeaderDies_AfterTheSinkHasTheEventsAndBeforeTheyLeaveTheState_TheNextOneFinishes()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        var place = new ZooKeeperOptions($"{server.Address}/dies");
        await using var events = new InMemoryEventStore();
        using var stop = new CancellationTokenSource();

        // 1. The first leader: its sink has the events, and the commit that takes them out of the state never leaves it.
        await using var first = new WatchedStore(place) { DiesWhenEventsLeave = true };
        SchedulerLoop leader = Loop(first, events);
        Task leading = leader.RunAsync(stop.Token);
        await ApplyAsync(leader, "one");
        await first.Dies.WaitAsync(Cancellation);
        long[] had = await SequencesAsync(events);
        had.ShouldNotBeEmpty();

        // 2. The next one finds them in the state still, tells them again, and goes on after them.
        await using var second = new WatchedStore(place);
        SchedulerLoop next = Loop(second, events);
        Task following = next.RunAsync(stop.Token);
        await next.Loaded.WaitAsync(Cancellation);
        second.Outbox.ShouldBeGreaterThan(0);
        await ApplyAsync(next, "two");
        await second.Emptied.WaitAsync(Cancellation);

        long[] all = await SequencesAsync(events);
        all.ShouldBe(Enumerable.Range(1, all.Length).Select(n => (long)n));
        all.Length.ShouldBeGreaterThan(had.Length);
        await stop.CancelAsync();
        await Task.WhenAll(leading, following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static SchedulerLoop Loop(IStateStore store, IEventSink sink) =>
        new(store, new NoCluster(), [sink], new CoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);

    private static async Task ApplyAsync(SchedulerLoop loop, string job)
    {
        await loop.Loaded.WaitAsync(Cancellation);
        (await loop.SubmitAsync(
            new Command.Apply(
                "t",
                [new AppDefinition { Name = new AppName("app"), Command = "./App" }],
                [new JobDefinition { Name = new JobName(job), App = new AppName("app"), Work = new ClassWork("job") }]),
            Cancellation)).Status.ShouldBe(CommandStatus.Done);
    }

    private static async Task<long[]> SequencesAsync(InMemoryEventStore events) =>
        [.. (await events.EventsAsync(new EventFilter(), new PageRequest(100), Cancellation)).Items.Select(e => e.Sequence).Order()];

    /// <summary>The store in ZooKeeper, and what of the outbox is in it.</summary>
    private sealed class WatchedStore(ZooKeeperOptions options) : IStateStore
    {
        private readonly ZooKeeperStateStore store = new(options);
        private readonly HashSet<string> outbox = [];
        private readonly TaskCompletionSource dies = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private bool isArmed;

        /// <summary>Once a job is stored, the next commit that takes events out of the state never comes to be.</summary>
        public bool DiesWhenEventsLeave { get; init; }

        public Task Dies => dies.Task;

        public Task Emptied => emptied.Task;

        public int Outbox { get; private set; }

        public async ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
        {
            StoredState stored = await store.OpenAsync(cancellationToken);
            outbox.UnionWith(stored.Records.Select(r => r.Key).Where(IsOutbox));
            Outbox = outbox.Count;
            return stored;
        }

        public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
        {
            if (isArmed && mutations.Any(m => m.Value is null && IsOutbox(m.Key)))
            {
                dies.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            await store.CommitAsync(mutations, cancellationToken);

            // Not before the job is stored: the event of the start may leave before anybody could ask for anything.
            isArmed |= DiesWhenEventsLeave && mutations.Any(m => m.Key.StartsWith("jobs/", StringComparison.Ordinal));
            foreach (Mutation mutation in mutations.Where(m => IsOutbox(m.Key)))
            {
                _ = mutation.Value is null ? outbox.Remove(mutation.Key) : outbox.Add(mutation.Key);
            }

            if (outbox.Count == 0 && mutations.Any(m => IsOutbox(m.Key)))
            {
                emptied.TrySetResult();
            }
        }

        public ValueTask DisposeAsync() => store.DisposeAsync();

        private static bool IsOutbox(string key) => key.StartsWith(SinkConfirmationTests.Outbox, StringComparison.Ordinal);
    }

    private sealed class NoCluster : IClusterDriver
    {
        public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken) =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

        public void Carry(IReadOnlyList<Effect> effects)
        {
        }
    }
}
