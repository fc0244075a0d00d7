using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Events.Tests.Contract;

/// <summary>What every event store must do, as sink and as the answerer of queries.</summary>
public abstract partial class EventStoreContract
{
    /// <summary>How many events <see cref="Run"/> makes.</summary>
    internal const int EventsOfOneRun = 11;

    protected static readonly DateTimeOffset Start = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract (IEventSink Sink, IEventQueries Queries, Func<EventRetention, DateTimeOffset, ValueTask<long>> Sweep) Create();

    [Fact]
    public async Task WriteAsync_RepeatedBatch_CountsOnce()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        (await sink.OpenAsync(Cancellation)).ShouldBe(0);
        IReadOnlyList<SchedulerEvent> events = OneRun("a", "a-1", Start);

        await sink.WriteAsync(events, Cancellation);
        await sink.WriteAsync([.. events.Skip(2)], Cancellation);

        (await sink.OpenAsync(Cancellation)).ShouldBe(events.Count);
        (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Count.ShouldBe(events.Count);
        (await queries.LedgerAsync(new LedgerFilter { Job = "a" }, new PageRequest(), Cancellation)).Items.Count.ShouldBe(1);
        StatisticsPoint point = (await queries.StatisticsAsync(new StatisticsRequest(Start, Start.AddDays(1)), Cancellation)).ShouldHaveSingleItem();
        point.Runs[Outcome.Succeeded].ShouldBe(1);
        point.Tasks[TaskState.Finished].ShouldBe(1);
        point.Tasks[TaskState.Failed].ShouldBe(1);
    }

    [Fact]
    public async Task WriteAsync_Gap_IsRefusedWhole()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync([Event(1)], Cancellation);

        EventGapException gap = await Should.ThrowAsync<EventGapException>(async () => await sink.WriteAsync([Event(2), Event(4)], Cancellation));

        (gap.Expected, gap.Actual).ShouldBe((3, 4));
        (await sink.OpenAsync(Cancellation)).ShouldBe(1);
        (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Count.ShouldBe(1);
    }

    [Fact]
    public async Task WriteAsync_NumbersThatBeginAgain_AreRefused()
    {
        var (sink, _, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync([Event(1), Event(2)], Cancellation);

        var other = Event(1) with { At = Start.AddDays(3) };
        (await Should.ThrowAsync<EventStoreException>(async () => await sink.WriteAsync([other], Cancellation))).Message.ShouldContain("do not belong together");
    }

    [Fact]
    public async Task EventsAsync_EventWithEverything_ComesBackEqual()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        SchedulerEvent full = new()
        {
            Sequence = 1, At = Start, Kind = EventKind.TaskStatus, App = "app", Job = "j", Version = 7, Run = "r", Trigger = Trigger.Misfire, DueAt = Start.AddTicks(1),
            DueUntil = Start.AddMinutes(1), DueCount = 3, ShardCount = 5, Shard = 4, Attempt = 2, Task = "t", FencingToken = 99, Agent = "ag", Hostname = "h",
            AgentAddress = "10.0.0.1:5051", Executor = "ex", State = TaskState.GoneByOperator, Outcome = Outcome.Succeeded, Source = "agent", Reason = "why",
            Message = "it's \"quoted\" ☂", Failure = new TaskFailure { Kind = FailureKind.Exception, Message = "m", ExitCode = 0 }, Progress = 0.5, ProgressText = "half", Sandbox = "/s",
            Log = "l", LastLines = ["x", ""], Actor = "me", Audit = new AuditEntry { Operation = "only of the audit log" },
            Execution = new ExecutionReport { DueAt = Start, Outcome = ExecutionOutcome.Succeeded, DueCount = 0 },
        };
        foreach (var property in typeof(SchedulerEvent).GetProperties())
        {
            property.GetValue(full).ShouldNotBeNull($"the test forgot {property.Name}");
        }

        await sink.WriteAsync([full], Cancellation);

        SchedulerEvent back = (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.ShouldHaveSingleItem();
        back.LastLines.ShouldBe(full.LastLines);
        (back with { LastLines = full.LastLines, Audit = full.Audit }).ShouldBe(full);
    }

    [Fact]
    public async Task FindRunAsync_ShardTriedTwice_ShowsBothAttemptsAndTheOutcome()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync(OneRun("a", "a-1", Start), Cancellation);

        RunView run = (await queries.FindRunAsync("a-1", Cancellation)).ShouldNotBeNull();
        (run.State, run.Outcome, run.Trigger).ShouldBe((RunState.Finished, Outcome.Succeeded, Trigger.Cron));
        ShardView shard = run.Shards.ShouldHaveSingleItem();
        (shard.State, shard.Attempts, shard.Outcome, shard.Task!.Id).ShouldBe((ShardState.Finished, 2, Outcome.Succeeded, "a-1-t2"));
        Page<TaskView> tasks = await queries.TasksAsync("a-1", new PageRequest(OldestFirst: true), Cancellation);
        tasks.Items.Select(task => (task.Id, task.State)).ShouldBe([("a-1-t1", TaskState.Failed), ("a-1-t2", TaskState.Finished)]);
        tasks.Items[0].Failure!.ExitCode.ShouldBe(3);
        tasks.Items[0].LastLines.ShouldBe(["boom"]);
        (await queries.FindTaskAsync("a-1-t1", Cancellation))!.Message.ShouldBe("exit code 3");
        (await queries.FindTaskAsync("none", Cancellation)).ShouldBeNull();
        (await queries.FindRunAsync("none", Cancellation)).ShouldBeNull();
    }

    /// <summary>The scheduler answers from its memory until the store has confirmed the end of a run, and from the store afterwards: both have to say the same.</summary>
    [Fact]
    public async Task FindRunAsync_ProgressToldWithTheEnd_IsKept()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        SchedulerEvent[] events = [.. OneRun("a", "a-1", Start).Select(e => e is { Kind: EventKind.TaskStatus, State: TaskState.Finished }
            ? e with { Progress = 1, ProgressText = "all done" }
            : e)];
        await sink.WriteAsync(events, Cancellation);

        TaskView task = (await queries.FindRunAsync("a-1", Cancellation)).ShouldNotBeNull().Shards.ShouldHaveSingleItem().Task.ShouldNotBeNull();
        (task.State, task.Progress, task.ProgressText).ShouldBe((TaskState.Finished, 1, "all done"));
    }

    [Fact]
    public async Task LedgerAsync_RunsSkipsRangesAndExecutions_EachAnswersOnce()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        long n = 0;
        await sink.WriteAsync(
            [
                Event(++n) with { Kind = EventKind.RunCreated, Job = "a", Run = "a-1", Trigger = Trigger.Cron, DueAt = Start },
                Event(++n) with { Kind = EventKind.RunStarted, Job = "a", Run = "a-1", At = Start.AddMilliseconds(1500) },
                Event(++n) with { Kind = EventKind.DueSkipped, Job = "a", DueAt = Start.AddMinutes(1), DueUntil = Start.AddMinutes(9), DueCount = 9, Reason = "overlap" },
                Event(++n) with { Kind = EventKind.RunCreated, Job = "a", Run = "a-m", Trigger = Trigger.Manual, At = Start.AddMinutes(20) },
                Event(++n) with
                {
                    Kind = EventKind.Execution, Job = "a", Run = "a-r", Shard = 2,
                    Execution = new ExecutionReport { DueAt = Start.AddMinutes(10), StartedAt = Start.AddMinutes(10), CompletedAt = Start.AddMinutes(11), Outcome = ExecutionOutcome.Succeeded },
                },
                Event(++n) with { Kind = EventKind.DueSkipped, Job = "b", DueAt = Start, Reason = "disabled" },
                Event(++n) with { Kind = EventKind.RunCreated, Job = "c", Run = "c-1", Trigger = Trigger.Cron, DueAt = Start },
                Event(++n) with { Kind = EventKind.RunCreated, Job = "c", Run = "c-2", Trigger = Trigger.Misfire, DueAt = Start.AddMinutes(1), Reason = "misfire", Message = "late" },
            ],
            Cancellation);
        await sink.WriteAsync(
            [
                Event(++n) with { Kind = EventKind.RunFinished, Job = "c", Run = "c-1", Outcome = Outcome.Cancelled, Reason = "disabled" },
                Event(++n) with { Kind = EventKind.RunFinished, Job = "c", Run = "c-2", Outcome = Outcome.Cancelled, Reason = "disabled" },
            ],
            Cancellation);

        IReadOnlyList<LedgerEntry> rows = (await queries.LedgerAsync(new LedgerFilter { Job = "a" }, new PageRequest(OldestFirst: true), Cancellation)).Items;
        rows.Select(row => (row.Answer, row.DueCount)).ShouldBe([(LedgerAnswer.Run, 1), (LedgerAnswer.Skipped, 9), (LedgerAnswer.Execution, 1)]);
        rows[0].Lateness.ShouldBe(TimeSpan.FromMilliseconds(1500));
        rows[1].Reason.ShouldBe("overlap");

        // Why a run ended as it did is told, unless there is a reason for how its due time was answered.
        (await queries.LedgerAsync(new LedgerFilter { Job = "c" }, new PageRequest(OldestFirst: true), Cancellation))
            .Items.Select(row => (row.Outcome, row.Reason, row.Message)).ShouldBe([("cancelled", "disabled", null), ("cancelled", "misfire", "late")]);

        // A range that began before the wished time reaches into it.
        (await queries.LedgerAsync(new LedgerFilter { Job = "a", Since = Start.AddMinutes(5), Until = Start.AddMinutes(10) }, new PageRequest(), Cancellation))
            .Items.ShouldHaveSingleItem().DueCount.ShouldBe(9);

        var withManual = await queries.LedgerAsync(new LedgerFilter { Job = "a", IncludeManual = true }, new PageRequest(2), Cancellation);
        withManual.Items.Select(row => row.Answer).ShouldBe([LedgerAnswer.Manual, LedgerAnswer.Execution]);
        (await queries.LedgerAsync(new LedgerFilter { Job = "a", IncludeManual = true }, new PageRequest(2, withManual.Next), Cancellation))
            .Items.Select(row => row.Answer).ShouldBe([LedgerAnswer.Skipped, LedgerAnswer.Run]);
        (await queries.ExecutionsAsync(new ExecutionFilter { Job = "a" }, new PageRequest(), Cancellation)).Items.ShouldHaveSingleItem().Shard.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunsAsync_PagesFollowed_YieldEachRunOnce(bool oldestFirst)
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync([.. Enumerable.Range(1, 25).Select(i => Event(i) with { Kind = EventKind.RunCreated, Job = i % 5 == 0 ? "b" : "a", Run = $"r{i}" })], Cancellation);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            Page<RunView> page = await queries.RunsAsync(new RunFilter { Job = "a" }, new PageRequest(7, cursor, oldestFirst), Cancellation);
            seen.AddRange(page.Items.Select(run => run.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        IEnumerable<string> expected = Enumerable.Range(1, 25).Where(i => i % 5 != 0).Select(i => $"r{i}");
        seen.ShouldBe(oldestFirst ? expected : expected.Reverse());
    }

    [Fact]
    public async Task RunsAsync_Filters_Restrict()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        IReadOnlyList<SchedulerEvent> first = OneRun("a", "a-1", Start);
        await sink.WriteAsync([.. first, Event(first.Count + 1) with { Kind = EventKind.RunCreated, Job = "a", Run = "a-2", Trigger = Trigger.Manual, At = Start.AddHours(2) }], Cancellation);

        async Task<IEnumerable<string>> Ids(RunFilter filter) => (await queries.RunsAsync(filter, new PageRequest(), Cancellation)).Items.Select(run => run.Id);
        (await Ids(new RunFilter())).ShouldBe(["a-2", "a-1"]);
        (await Ids(new RunFilter { Outcome = Outcome.Succeeded })).ShouldBe(["a-1"]);
        (await Ids(new RunFilter { Outcome = Outcome.Failed })).ShouldBeEmpty();
        (await Ids(new RunFilter { State = RunState.Ready })).ShouldBe(["a-2"]);
        (await Ids(new RunFilter { Trigger = Trigger.Manual })).ShouldBe(["a-2"]);
        (await Ids(new RunFilter { Until = Start.AddHours(1) })).ShouldBe(["a-1"]);
        (await Ids(new RunFilter { Since = Start.AddHours(1) })).ShouldBe(["a-2"]);
        (await Ids(new RunFilter { State = RunState.Finished, Trigger = Trigger.Cron, Outcome = Outcome.Succeeded, Since = Start })).ShouldBe(["a-1"]);
        Page<RunView> byTime = await queries.RunsAsync(new RunFilter { Since = Start }, new PageRequest(1), Cancellation);
        byTime.Items.ShouldHaveSingleItem().Id.ShouldBe("a-2");
        (await queries.RunsAsync(new RunFilter { Since = Start }, new PageRequest(1, byTime.Next), Cancellation)).Items.ShouldHaveSingleItem().Id.ShouldBe("a-1");
        await Should.ThrowAsync<ArgumentException>(async () => await queries.RunsAsync(new RunFilter(), new PageRequest(1, byTime.Next), Cancellation));
        (await queries.LastRunsAsync("a", 1, Cancellation)).ShouldHaveSingleItem().Id.ShouldBe("a-2");
        (await queries.EventsAsync(new EventFilter { Kinds = [EventKind.RunCreated, EventKind.RunFinished], After = 1 }, new PageRequest(), Cancellation))
            .Items.Select(e => e.Kind).ShouldBe([EventKind.RunCreated, EventKind.RunFinished]);
    }

    [Theory]
    [InlineData("rubbish!")]
    [InlineData("cnVucyt8fDU")]
    public async Task RunsAsync_CursorOfSomethingElse_IsRefused(string cursor)
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        (await Should.ThrowAsync<ArgumentException>(async () => await queries.RunsAsync(new RunFilter(), new PageRequest(5, cursor), Cancellation)))
            .Message.ShouldContain("cursor");
        await Should.ThrowAsync<ArgumentException>(async () => await queries.RunsAsync(new RunFilter(), new PageRequest(0), Cancellation));
    }

    [Fact]
    public async Task AuditAsync_Entries_ComeBackByFilterAndAreNoEvents()
    {
        var (sink, queries, sweep) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        SchedulerEvent[] events =
        [
            Event(1),
            Audited(2, "ann", "removeJob", "a"),
            Audited(3, "ann", "signIn", null) with { Message = "The password is wrong.", Audit = new AuditEntry { Operation = "signIn", Refused = true, Remote = "10.0.0.9" } },
            Audited(4, "bob", "removeJob", "a") with { At = Start.AddDays(2) },
        ];
        await sink.WriteAsync(events, Cancellation);
        await sink.WriteAsync(events[1..], Cancellation);

        Page<AuditView> all = await queries.AuditAsync(new AuditFilter(), new PageRequest(2), Cancellation);
        all.Items.Select(a => a.Sequence).ShouldBe([4, 3]);
        (await queries.AuditAsync(new AuditFilter(), new PageRequest(2, all.Next), Cancellation)).Items.ShouldHaveSingleItem().Sequence.ShouldBe(2);
        await SequencesAsync(new AuditFilter { Actor = "ann" }, 3, 2);
        await SequencesAsync(new AuditFilter { Operation = "removeJob", Subject = "a" }, 4, 2);
        await SequencesAsync(new AuditFilter { Refused = true }, 3);
        await SequencesAsync(new AuditFilter { Refused = false, Since = Start, Until = Start.AddDays(1) }, 2);
        AuditView back = (await queries.AuditAsync(new AuditFilter { Refused = true }, new PageRequest(), Cancellation)).Items.ShouldHaveSingleItem();
        (back.At, back.Actor, back.Message, back.Entry.Remote, back.Entry.Subject).ShouldBe((Start, "ann", "The password is wrong.", "10.0.0.9", null));
        AuditChange change = (await queries.AuditAsync(new AuditFilter { Actor = "bob" }, new PageRequest(), Cancellation)).Items.Single().Entry.Changes.ShouldHaveSingleItem();
        (change.Kind, change.Name, change.Change).ShouldBe(("job", "a", "updated"));
        (change.Differences[0].Path, change.Differences[0].Old?.ToString(), change.Differences[0].New).ShouldBe(("policy.overlap", "forbid", null));
        (await queries.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.ShouldHaveSingleItem().Sequence.ShouldBe(1);
        (await sink.OpenAsync(Cancellation)).ShouldBe(4);

        await sweep(new EventRetention { MaxAuditAge = TimeSpan.FromDays(2), BatchSize = 1 }, Start.AddDays(3));
        await SequencesAsync(new AuditFilter(), 4);
        await sink.WriteAsync([Audited(5, "ann", "x", null), Audited(6, "ann", "y", null)], Cancellation);
        await sweep(new EventRetention { MaxAuditEntries = 1, BatchSize = 1 }, Start.AddDays(1));
        await SequencesAsync(new AuditFilter(), 6);

        async Task SequencesAsync(AuditFilter filter, params long[] expected) =>
            (await queries.AuditAsync(filter, new PageRequest(), Cancellation)).Items.Select(a => a.Sequence).ShouldBe(expected);
    }

    private static SchedulerEvent Audited(long sequence, string actor, string operation, string? subject) => Event(sequence) with
    {
        Kind = EventKind.Audited,
        Actor = actor,
        Audit = new AuditEntry
        {
            Operation = operation,
            Subject = subject,
            Changes = [new AuditChange("job", "a", "updated", [new FieldDifference("policy.overlap", "forbid", null)])],
        },
    };

    // The original recorded "TASK_FAILED: Executor terminated" and no cause.
    [Fact]
    public async Task WriteAsync_ATaskKilledForItsMemory_IsKeptWithItsWholeCause()
    {
        var (sink, queries, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        SchedulerEvent[] events = [.. OneRun("a", "a-1", Start).Take(5)];
        events[4] = events[4] with
        {
            Source = "agent", Reason = "REASON_CONTAINER_LIMITATION_MEMORY", Message = "Memory limit exceeded", LastLines = ["allocating", "1 GiB"],
            Failure = new TaskFailure { Kind = FailureKind.OutOfMemory, Message = "out of memory", ExitCode = 137, Signal = "SIGKILL" },
        };

        await sink.WriteAsync(events, Cancellation);

        TaskView task = (await queries.FindTaskAsync("a-1-t1", Cancellation)).ShouldNotBeNull();
        (task.State, task.Message).ShouldBe((TaskState.Failed, "Memory limit exceeded"));
        (task.Failure!.Kind, task.Failure.ExitCode, task.Failure.Signal).ShouldBe((FailureKind.OutOfMemory, 137, "SIGKILL"));
        task.LastLines.ShouldBe(["allocating", "1 GiB"]);
        SchedulerEvent told = (await queries.EventsAsync(new EventFilter { Kinds = [EventKind.TaskStatus] }, new PageRequest(1), Cancellation)).Items[0];
        (told.Source, told.Reason).ShouldBe(("agent", "REASON_CONTAINER_LIMITATION_MEMORY"));
    }

    protected static SchedulerEvent Event(long sequence) => new() { Sequence = sequence, At = Start, Kind = EventKind.SchedulerStarted };

    /// <summary>The run with a number in a stream of runs that are all alike.</summary>
    internal static IReadOnlyList<SchedulerEvent> Run(long number) => OneRun("a", $"a-{number}", Start.AddMinutes(number), number * EventsOfOneRun);

    /// <summary>A run of one shard whose first attempt fails and whose second succeeds.</summary>
    protected static IReadOnlyList<SchedulerEvent> OneRun(string job, string run, DateTimeOffset at, long after = 0)
    {
        var basis = new SchedulerEvent { Job = job, Run = run, Shard = 0, Agent = "agent-1", Hostname = "node1", AgentAddress = "10.0.0.1:5051" };
        SchedulerEvent[] events =
        [
            new() { Kind = EventKind.RunCreated, Job = job, Run = run, Version = 3, Trigger = Trigger.Cron, DueAt = at, ShardCount = 1 },
            new() { Kind = EventKind.RunStarted, Job = job, Run = run },
            basis with { Kind = EventKind.TaskLaunched, Task = $"{run}-t1", Attempt = 1, State = TaskState.Staging },
            basis with { Kind = EventKind.TaskStatus, Task = $"{run}-t1", Attempt = 1, State = TaskState.Running, Source = "executor" },
            basis with
            {
                Kind = EventKind.TaskStatus, Task = $"{run}-t1", Attempt = 1, State = TaskState.Failed, Source = "executor", Message = "exit code 3", LastLines = ["boom"],
                Failure = new TaskFailure { Kind = FailureKind.ExitCode, Message = "exit code 3", ExitCode = 3 },
            },
            basis with { Kind = EventKind.ShardDelayed, Attempt = 1, Reason = "backoff" },
            basis with { Kind = EventKind.TaskLaunched, Task = $"{run}-t2", Attempt = 2 },
            basis with { Kind = EventKind.TaskStatus, Task = $"{run}-t2", Attempt = 2, State = TaskState.Running },
            basis with { Kind = EventKind.TaskStatus, Task = $"{run}-t2", Attempt = 2, State = TaskState.Finished },
            basis with { Kind = EventKind.ShardFinished, Attempt = 2, Outcome = Outcome.Succeeded },
            new() { Kind = EventKind.RunFinished, Job = job, Run = run, Outcome = Outcome.Succeeded },
        ];
        return [.. events.Select((e, i) => e with { Sequence = after + i + 1, At = at.AddSeconds(i) })];
    }
}
