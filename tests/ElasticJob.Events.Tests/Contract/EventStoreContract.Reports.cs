using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events.Tests.Contract;

/// <content>The two tables of ElasticJob Cloud, and what went on when.</content>
public abstract partial class EventStoreContract
{
    [Fact]
    public async Task ExecutionLogAsync_Page_HasTheRowsAndTheirTotal()
    {
        var (sink, _, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync([.. OneRun("a", "a-1", Start), .. OneRun("b", "b-1", Start.AddHours(1), after: EventsOfOneRun)], Cancellation);
        var reports = (IEventReports)sink;

        Report<ExecutionLogRow> newest = await reports.ExecutionLogAsync(new ReportRequest { PerPage = 1 }, Cancellation);
        newest.Total.ShouldBe(4);
        ExecutionLogRow last = newest.Rows.ShouldHaveSingleItem();
        (last.JobName, last.TaskId, last.IsSuccess, last.FailureCause, last.ExecutionSource, last.Ip).ShouldBe(("b", "b-1-t2", true, null, "FAILOVER", "10.0.0.1"));
        last.CompleteTime.ShouldBe(Start.AddHours(1).AddSeconds(8));

        Report<ExecutionLogRow> failed = await reports.ExecutionLogAsync(
            new ReportRequest { Equal = new Dictionary<string, string> { ["is_success"] = "0", ["job_name"] = "a" } }, Cancellation);
        failed.Total.ShouldBe(1);
        failed.Rows[0].FailureCause.ShouldBe("exit code 3");

        Report<ExecutionLogRow> second = await reports.ExecutionLogAsync(new ReportRequest { Sort = "task_id", Page = 2, PerPage = 3 }, Cancellation);
        second.Rows.Select(r => r.TaskId).ShouldBe(["b-1-t2"]);
        (await reports.ExecutionLogAsync(new ReportRequest { Since = Start.AddMinutes(30) }, Cancellation)).Total.ShouldBe(2);
        (await reports.ExecutionLogAsync(new ReportRequest { Until = Start.AddMinutes(30), Sort = "task_id", Descending = true }, Cancellation))
            .Rows.Select(r => r.TaskId).ShouldBe(["a-1-t2", "a-1-t1"]);
    }

    [Fact]
    public async Task StatusTraceLogAsync_Filtered_HasEachState()
    {
        var (sink, _, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await sink.WriteAsync(OneRun("a", "a-1", Start), Cancellation);
        var reports = (IEventReports)sink;

        Report<StatusTraceRow> report = await reports.StatusTraceLogAsync(
            new ReportRequest { Sort = "creation_time", Equal = new Dictionary<string, string> { ["task_id"] = "a-1-t2", ["execution_type"] = "FAILOVER" } }, Cancellation);

        report.Total.ShouldBe(3);
        report.Rows.Select(r => r.State).ShouldBe(["TASK_STAGING", "TASK_RUNNING", "TASK_FINISHED"]);
        report.Rows.ShouldAllBe(r => r.OriginalTaskId == "a-1-t1" && r.SlaveId == "agent-1");
        report.Rows[0].CreationTime.ShouldBe(Start.AddSeconds(6));
    }

    [Theory]
    [InlineData("no_such_column", 1, 10)]
    [InlineData("id; drop table runs", 1, 10)]
    [InlineData(null, 0, 10)]
    [InlineData(null, 1, 1001)]
    public async Task ExecutionLogAsync_PageOrColumnWithoutSense_IsRefused(string? sort, int page, int perPage)
    {
        var (sink, _, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        await Should.ThrowAsync<ArgumentException>(async () =>
            await ((IEventReports)sink).ExecutionLogAsync(new ReportRequest { Sort = sort, Page = page, PerPage = perPage }, Cancellation));
    }

    [Fact]
    public async Task RunningAsync_OverlappingTasks_AreCountedAtTheEndOfEachStep()
    {
        var (sink, _, _) = Create();
        await using IEventSink owned = sink;
        await sink.OpenAsync(Cancellation);
        IReadOnlyList<SchedulerEvent> run = OneRun("a", "a-1", Start);
        DateTimeOffset[] at = [.. Enumerable.Range(0, run.Count).Select(i => Start.AddMinutes(20 * i))];
        await sink.WriteAsync([.. run.Select((e, i) => e with { At = at[i] })], Cancellation);

        IReadOnlyList<RunningPoint> tasks = await ((IEventReports)sink).RunningAsync(RunningKind.Tasks, Start, Start.AddHours(4), StatisticsStep.Hour, Cancellation);

        // t1 goes from 10:40 to 11:20, t2 from 12:00 to 12:40.
        tasks.Select(p => (p.At, p.Count)).ShouldBe([(Start.AddHours(1), 1), (Start.AddHours(2), 0), (Start.AddHours(3), 0), (Start.AddHours(4), 0)]);
        IReadOnlyList<RunningPoint> minutes = await ((IEventReports)sink).RunningAsync(
            RunningKind.Tasks, Start.AddMinutes(50), Start.AddMinutes(90), StatisticsStep.Minute, Cancellation);
        minutes.Count.ShouldBe(40);
        minutes.TakeWhile(p => p.Count == 1).Last().At.ShouldBe(Start.AddMinutes(80));
        IReadOnlyList<RunningPoint> runs = await ((IEventReports)sink).RunningAsync(RunningKind.Runs, Start, Start.AddHours(4), StatisticsStep.Hour, Cancellation);
        runs.Select(p => p.Count).ShouldBe([1, 1, 1, 0]);
    }
}
