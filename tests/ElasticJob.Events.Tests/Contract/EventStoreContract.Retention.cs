using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events.Tests.Contract;

/// <content>How long things are kept.</content>
public abstract partial class EventStoreContract
{
    [Fact]
    public async Task RemoveOldAsync_OldRows_GoButUnfinishedRunsStay()
    {
        var (sink, queries, sweep) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        var events = new List<SchedulerEvent>();
        events.AddRange(OneRun("a", "old", Start));
        events.AddRange(OneRun("a", "unfinished", Start, events.Count).SkipLast(1));
        events.AddRange(OneRun("a", "new", Start.AddDays(40), events.Count));
        await sink.WriteAsync(events, Cancellation);

        (await sweep(new EventRetention { BatchSize = 2 }, Start.AddDays(41))).ShouldBeGreaterThan(0);

        (await queries.RunsAsync(new RunFilter(), new PageRequest(), Cancellation)).Items.Select(run => run.Id).ShouldBe(["new", "unfinished"]);
        (await queries.FindTaskAsync("old-t1", Cancellation)).ShouldBeNull();
        (await queries.FindTaskAsync("unfinished-t1", Cancellation)).ShouldNotBeNull();
        (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Select(e => e.Run).Distinct().ShouldBe(["new", "unfinished"]);
        (await queries.LedgerAsync(new LedgerFilter { Job = "a" }, new PageRequest(), Cancellation)).Items.Select(row => row.Run).ShouldBe(["new", "unfinished"]);
        (await sink.OpenAsync(Cancellation)).ShouldBe(events.Count);

        await sweep(new EventRetention { MaxEvents = 1, BatchSize = 2 }, Start.AddDays(41));
        (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Select(e => e.Run).Distinct().ShouldBe(["unfinished"]);
    }

    // The original's tables grew without limit.
    [Fact]
    public async Task Pitfall22_RunsForEver_TablesStayBounded()
    {
        var (sink, queries, sweep) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        var retention = new EventRetention { MaxEvents = 40, MaxRuns = 3, MaxAge = TimeSpan.FromDays(10_000) };
        long next = 0;
        for (int round = 0; round < 4; round++)
        {
            var events = new List<SchedulerEvent>();
            for (int run = 0; run < 5; run++)
            {
                events.AddRange(OneRun("a", $"a-{round}-{run}", Start.AddHours(round).AddMinutes(run), next + events.Count));
                events.Add(new SchedulerEvent
                {
                    Sequence = next + events.Count + 1, At = Start.AddHours(round).AddMinutes(run), Kind = EventKind.DueSkipped, Job = "s",
                    DueAt = Start.AddHours(round).AddMinutes(run), Reason = "overlap",
                });
                DateTimeOffset due = Start.AddHours(round).AddMinutes(run);
                events.Add(new SchedulerEvent
                {
                    Sequence = next + events.Count + 1, At = due, Kind = EventKind.Execution, Job = "x", Shard = 0,
                    Execution = new ExecutionReport { DueAt = due, StartedAt = due, CompletedAt = due, Outcome = ExecutionOutcome.Succeeded },
                });
            }

            await sink.WriteAsync(events, Cancellation);
            next += events.Count;
            await sweep(retention, Start.AddDays(1));

            (await queries.RunsAsync(new RunFilter(), new PageRequest(), Cancellation)).Items.Select(r => r.Id).ShouldBe([$"a-{round}-4", $"a-{round}-3", $"a-{round}-2"]);
            (await queries.FindTaskAsync($"a-{round}-1-t1", Cancellation)).ShouldBeNull();
            (await queries.EventsAsync(new EventFilter(), new PageRequest(1_000), Cancellation)).Items.Count.ShouldBe(40);
            (await queries.LedgerAsync(new LedgerFilter { Job = "a" }, new PageRequest(), Cancellation)).Items.Count.ShouldBe(3);
            (await queries.ExecutionsAsync(new ExecutionFilter { Job = "x" }, new PageRequest(), Cancellation)).Items.Count.ShouldBe(3);
            ((await queries.LedgerAsync(new LedgerFilter { Job = "s" }, new PageRequest(), Cancellation)).Items.Count
                + (await queries.LedgerAsync(new LedgerFilter { Job = "x" }, new PageRequest(), Cancellation)).Items.Count).ShouldBeInRange(2, 3);
        }
    }

    [Fact]
    public async Task RemoveOldAsync_EachKindHasItsOwnAgeAndRows()
    {
        var (sink, queries, sweep) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        var events = new List<SchedulerEvent>();
        for (int day = 0; day < 4; day++)
        {
            events.AddRange(OneRun("a", $"a-{day}", Start.AddDays(day), events.Count));
            events.Add(Event(events.Count + 1) with { At = Start.AddDays(day).AddMinutes(1), Kind = EventKind.JobUpdated, Job = "a" });
        }

        events.AddRange(OneRun("b", "unfinished", Start.AddDays(4), events.Count).SkipLast(1));
        await sink.WriteAsync(events, Cancellation);

        await sweep(
            new EventRetention
            {
                BatchSize = 2,
                MaxAgeByKind = new Dictionary<EventKind, TimeSpan> { [EventKind.RunStarted] = TimeSpan.FromDays(2), [EventKind.JobUpdated] = TimeSpan.FromDays(300) },
                MaxRowsByKind = new Dictionary<EventKind, long> { [EventKind.TaskStatus] = 9, [EventKind.JobUpdated] = 3, [EventKind.TaskLaunched] = 1 },
            },
            Start.AddDays(5));

        (await NumberedAsync(EventKind.RunStarted)).ShouldBe(["a-3", "unfinished"]);
        (await NumberedAsync(EventKind.JobUpdated)).Count.ShouldBe(3);
        (await NumberedAsync(EventKind.TaskStatus)).ShouldBe(["a-2", "a-3", "a-3", "a-3", "a-3", "unfinished", "unfinished", "unfinished", "unfinished"]);
        (await NumberedAsync(EventKind.TaskLaunched)).ShouldBe(["unfinished", "unfinished"], "what belongs to an unfinished run stays");
        (await NumberedAsync(EventKind.RunCreated)).Count.ShouldBe(5, "other kinds are left alone");

        async Task<List<string?>> NumberedAsync(EventKind kind) =>
            [.. (await queries.EventsAsync(new EventFilter { Kinds = [kind] }, new PageRequest(100, OldestFirst: true), Cancellation)).Items.Select(e => e.Run)];
    }
}
