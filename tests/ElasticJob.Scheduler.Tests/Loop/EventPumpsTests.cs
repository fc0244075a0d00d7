using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Events;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Loop;

public sealed class EventPumpsTests
{
    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_OneSinkIsAway_TheOtherGoesOnAndConfirmationsWait()
    {
        await using var store = new InMemoryEventStore();
        var away = new AwaySink();
        var confirmed = Channel.CreateUnbounded<long>();
        var pumps = new EventPumps([store, away], TimeProvider.System, NullLogger.Instance);
        Task running = pumps.RunAsync(sequence => confirmed.Writer.TryWrite(sequence), Patience);

        pumps.Add([.. Enumerable.Range(1, 5).Select(i => new SchedulerEvent { Sequence = i, Kind = EventKind.SchedulerStarted })]);
        await away.Tried.Task.WaitAsync(Patience);
        while (await store.OpenAsync(Patience) < 5)
        {
            await Task.Yield();
        }

        confirmed.Reader.TryRead(out _).ShouldBeFalse();
        away.Back.SetResult();
        (await confirmed.Reader.ReadAsync(Patience)).ShouldBe(5);
        pumps.Complete();
        await running;
        pumps.Fault.ShouldBeNull();
        away.Seen.ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task RunAsync_OneSinkHasSomeAlready_OnlyTheRestIsWrittenAndConfirmationsRise()
    {
        await using var full = new InMemoryEventStore();
        await full.OpenAsync(Patience);
        SchedulerEvent[] events = [.. Enumerable.Range(1, 4).Select(i => new SchedulerEvent { Sequence = i, Kind = EventKind.SchedulerStarted })];
        await full.WriteAsync([.. events.Take(3)], Patience);
        await using var empty = new InMemoryEventStore();
        var confirmed = new List<long>();
        var pumps = new EventPumps([full, empty], TimeProvider.System, NullLogger.Instance);
        pumps.Add(events);
        pumps.Complete();

        await pumps.RunAsync(confirmed.Add, Patience);

        confirmed[^1].ShouldBe(4);
        confirmed.ShouldBe(confirmed.Order().Distinct());
        (await empty.OpenAsync(Patience)).ShouldBe(4);
    }

    [Fact]
    public async Task RunAsync_EventsThatFollowSoon_AreOneBatch()
    {
        var time = new StandingTime();
        var sink = new ListeningSink();
        var pumps = new EventPumps([sink], time, NullLogger.Instance);
        Task running = pumps.RunAsync(_ => { }, Patience);

        Add(1);
        (await sink.Batches.Reader.ReadAsync(Patience)).ShouldBe([1], "what comes alone does not wait");
        Add(2);
        Action go = await time.Waits.Reader.ReadAsync(Patience);
        Add(3);
        Add(4);
        sink.Batches.Reader.TryRead(out _).ShouldBeFalse();
        go();
        (await sink.Batches.Reader.ReadAsync(Patience)).ShouldBe([2, 3, 4]);
        Add(5);
        go = await time.Waits.Reader.ReadAsync(Patience);
        pumps.Complete();
        go();
        await running;
        (await sink.Batches.Reader.ReadAsync(Patience)).ShouldBe([5]);

        void Add(long sequence) => pumps.Add([new SchedulerEvent { Sequence = sequence, Kind = EventKind.SchedulerStarted }]);
    }

    /// <summary>A clock that stands; who waits, waits until he is told.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public Channel<Action> Waits { get; } = Channel.CreateUnbounded<Action>();

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Writer.TryWrite(() => callback(state));
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    private sealed class ListeningSink : IEventSink
    {
        public Channel<long[]> Batches { get; } = Channel.CreateUnbounded<long[]>();

        public string Name => "listening";

        public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0L);

        public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
        {
            Batches.Writer.TryWrite([.. events.Select(e => e.Sequence)]);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class AwaySink : IEventSink
    {
        public TaskCompletionSource Back { get; } = new();

        public TaskCompletionSource Tried { get; } = new();

        public List<long> Seen { get; } = [];

        public string Name => "away";

        public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0L);

        public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
        {
            if (!Back.Task.IsCompleted)
            {
                Tried.TrySetResult();
                throw new EventStoreException("The database is away.");
            }

            Seen.AddRange(events.Select(e => e.Sequence));
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
