using System.Threading.Channels;
using ElasticJob.Events;
using ElasticJob.Mesos.Tests;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Servers;
using ElasticJob.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Loop;

/// <summary>PostgreSQL goes and comes back; the server is a real one.</summary>
public sealed class PostgresOutageTests : IAsyncLifetime
{
    private readonly PostgresServer server = new();
    private PostgresEventStoreOptions options = null!;

    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));

    private CancellationToken Patience => patience.Token;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        options = new PostgresEventStoreOptions { ConnectionString = server.CreateDatabase() };
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        patience.Dispose();
    }

    [Fact]
    public async Task TenMinutesAway_NothingIsLostAndTheFaultIsTold()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        await using var store = new PostgresEventStore(options, TimeProvider.System);
        var confirmed = Channel.CreateUnbounded<long>();
        var pumps = new EventPumps([store], time, NullLogger.Instance);
        Task running = pumps.RunAsync(sequence => confirmed.Writer.TryWrite(sequence), Patience);
        pumps.Add([.. Enumerable.Range(1, 10).Select(i => Event(i))]);
        await ConfirmedAsync(10);
        await server.StopAsync();

        // What comes right after a batch would be gathered first.
        time.Advance(TimeSpan.FromSeconds(1));
        int told = 0;
        for (int minute = 0; minute < 10; minute++)
        {
            pumps.Add([.. Enumerable.Range(11 + (minute * 100), 100).Select(i => Event(i))]);
            for (int i = 0; i < 6; i++)
            {
                // The next try waits at most ten seconds.
                await time.TimerWithinAsync(TimeSpan.FromSeconds(10), Patience);
                told += pumps.Fault?.Contains("cannot be reached", StringComparison.Ordinal) == true ? 1 : 0;
                time.Advance(TimeSpan.FromSeconds(10));
            }
        }

        told.ShouldBe(60);
        confirmed.Reader.TryRead(out _).ShouldBeFalse();
        await server.StartAsync();
        Task back = ConfirmedAsync(1010);
        while (!back.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await back;
        pumps.Complete();
        await running;
        pumps.Fault.ShouldBeNull();
        (await SequencesAsync(store)).ShouldBe(Enumerable.Range(1, 1010).Select(i => (long)i));

        async Task ConfirmedAsync(long sequence)
        {
            while (await confirmed.Reader.ReadAsync(Patience) < sequence)
            {
                // Confirmations rise.
            }
        }
    }

    [Fact]
    public async Task AwayWhileTheSchedulerWorksAndIsStartedAgain_SchedulingGoesOnAndEachEventArrivesOnce()
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-outage-").FullName;
        try
        {
            await WithSchedulerAsync(folder, async (loop, _) =>
            {
                await ApplyAsync(loop, "first");
                await server.StopAsync();
                for (int i = 0; i < 20; i++)
                {
                    await ApplyAsync(loop, $"away-{i}");
                }

                (await loop.ReadAsync(view => view.Cluster().EventBacklog, Patience)).ShouldBeGreaterThanOrEqualTo(20);
                await UntilAsync(() => loop.SinkFault is not null);
                loop.SinkFault.ShouldNotBeNull().ShouldContain("postgres");
            });
            long newest = 0;
            await WithSchedulerAsync(folder, async (loop, store) =>
            {
                // Started while the database is away: it schedules all the same, and what waits was not forgotten.
                (await loop.ReadAsync(view => view.Cluster().EventBacklog, Patience)).ShouldBeGreaterThanOrEqualTo(20);
                await ApplyAsync(loop, "again");
                await server.StartAsync();
                await UntilAsync(() => loop.SinkFault is null);
                await ApplyAsync(loop, "last");
                while (!(await store.EventsAsync(new EventFilter { Job = "last" }, new PageRequest(1), Patience)).Items.Any())
                {
                    await Task.Yield();
                }

                newest = (await store.EventsAsync(new EventFilter { Job = "last" }, new PageRequest(1), Patience)).Items[0].Sequence;
            });

            await using var read = new PostgresEventStore(options, TimeProvider.System);
            List<long> sequences = await SequencesAsync(read);
            sequences.Distinct().Count().ShouldBe(sequences.Count);
            (await read.OpenAsync(Patience)).ShouldBeGreaterThanOrEqualTo(newest);
            foreach (string job in (string[])["first", "away-0", "away-19", "again", "last"])
            {
                (await read.EventsAsync(new EventFilter { Job = job, Kinds = [EventKind.JobCreated] }, new PageRequest(), Patience)).Items.Count.ShouldBe(1, job);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task WithSchedulerAsync(string folder, Func<SchedulerLoop, PostgresEventStore, Task> work)
    {
        using var stop = new CancellationTokenSource();
        await using var state = new SqliteStateStore(folder);
        await using var store = new PostgresEventStore(options, TimeProvider.System);
        var loop = new SchedulerLoop(state, new NoCluster(), [store], new CoreOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        Task running = loop.RunAsync(stop.Token);
        await loop.Loaded.WaitAsync(Patience);
        await work(loop, store);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ApplyAsync(SchedulerLoop loop, string job)
    {
        var app = new AppDefinition { Name = new AppName("app"), Command = "./app" };
        var definition = new JobDefinition { Name = new JobName(job), App = app.Name, Schedule = ["0 0 3 * * ?"], Work = new ClassWork("c") };
        (await loop.SubmitAsync(new Command.Apply("tests", [app], [definition]), Patience)).Status.ShouldBe(CommandStatus.Done);
    }

    private async Task UntilAsync(Func<bool> reached)
    {
        while (!reached())
        {
            Patience.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task<List<long>> SequencesAsync(PostgresEventStore store)
    {
        var sequences = new List<long>();
        string? cursor = null;
        do
        {
            Page<SchedulerEvent> page = await store.EventsAsync(new EventFilter(), new PageRequest(1_000, cursor, OldestFirst: true), Patience);
            sequences.AddRange(page.Items.Select(e => e.Sequence));
            cursor = page.Next;
        }
        while (cursor is not null);
        return sequences;
    }

    private static SchedulerEvent Event(long sequence) => new() { Sequence = sequence, At = DateTimeOffset.UnixEpoch, Kind = EventKind.SchedulerStarted };

    private sealed class NoCluster : IClusterDriver
    {
        public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken) =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

        public void Carry(IReadOnlyList<Effect> effects)
        {
        }
    }
}
