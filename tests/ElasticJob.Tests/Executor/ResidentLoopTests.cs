using ElasticJob.Executor;
using ElasticJob.Mesos.Tests;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Tests.Executor;

/// <summary>Every ten seconds, from 12:00:00; times are written as seconds after that.</summary>
public sealed class ResidentLoopTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTime time = new(Noon);
    private readonly List<(double Due, Trigger Trigger)> fired = [];
    private readonly List<ExecutionReport> reports = [];
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
    private TaskCompletionSource<TaskFailure?>? busy;
    private Task loop = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        busy?.TrySetResult(null);
        await loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        patience.Dispose();
    }

    [Fact]
    public async Task Run_OnTime_FiresAtEachDueTimeOnceAndNeverEarly()
    {
        Start(MisfirePolicy.Skip);
        await AdvanceAsync(9.9);
        fired.ShouldBeEmpty();
        await AdvanceAsync(0.2);
        fired.ShouldBe([(10, Trigger.Cron)]);
        await AdvanceAsync(20);
        fired.ShouldBe([(10, Trigger.Cron), (20, Trigger.Cron), (30, Trigger.Cron)]);
        Settled().ShouldBe(["10 Succeeded", "20 Succeeded", "30 Succeeded"]);
    }

    [Fact]
    public async Task Run_ExecutionTakesLong_DueTimesMeanwhileAreSkippedForOverlap()
    {
        busy = new TaskCompletionSource<TaskFailure?>();
        Start(MisfirePolicy.FireAll);
        await AdvanceAsync(45);
        fired.ShouldBe([(10, Trigger.Cron)]);
        TaskCompletionSource<TaskFailure?> running = busy;
        busy = null;
        running.SetResult(null);
        await AdvanceAsync(10);
        Settled().ShouldBe(["10 Succeeded", "20..40 x3 Skipped overlap", "50 Succeeded"]);
    }

    [Fact]
    public async Task Run_ExecutionFails_IsReportedAndTheShardGoesOn()
    {
        busy = new TaskCompletionSource<TaskFailure?>();
        busy.SetResult(new TaskFailure { Kind = FailureKind.Exception, Message = "no" });
        Start(MisfirePolicy.Skip);
        await AdvanceAsync(20.1);
        Settled().ShouldBe(["10 Failed", "20 Failed"]);
    }

    [Theory]
    [InlineData(MisfirePolicy.Skip, 3600, "-50..-10 x5 Skipped missed|0 Succeeded")]
    [InlineData(MisfirePolicy.FireOnce, 3600, "-50..0 x6 Succeeded late")]
    [InlineData(MisfirePolicy.FireOnce, 25, "-50..-30 x3 Skipped missed|-20..0 x3 Succeeded late")]
    [InlineData(MisfirePolicy.FireAll, 25, "-50..-30 x3 Skipped missed|-20 Succeeded late|-10 Succeeded late|0 Succeeded")]
    [InlineData(MisfirePolicy.FireAll, 0, "-50..-10 x5 Skipped missed|0 Succeeded")]
    public async Task Run_DueTimesWereMissed_PolicySettlesThemFirst(MisfirePolicy policy, int window, string expected)
    {
        Start(policy, window, firedUpTo: -60);
        await AdvanceAsync(0.1);
        Settled().ShouldBe(expected.Split('|'));
    }

    [Fact]
    public async Task Run_ClockSetBackAnHour_NeitherRepeatsNorFiresEarly()
    {
        Start(MisfirePolicy.FireAll);
        await AdvanceAsync(10.1);
        time.StepWall(TimeSpan.FromHours(-1));
        await AdvanceAsync(3600);
        fired.ShouldBe([(10, Trigger.Cron)]);
        await AdvanceAsync(10);
        fired.ShouldBe([(10, Trigger.Cron), (20, Trigger.Cron)]);
    }

    [Fact]
    public async Task Run_ClockSetForward_DueTimesOfTheGapAreSettledNotLost()
    {
        Start(MisfirePolicy.FireOnce);
        await AdvanceAsync(10.1);
        time.StepWall(TimeSpan.FromSeconds(60));
        await AdvanceAsync(10);
        Settled().ShouldBe(["10 Succeeded", "20..70 x6 Succeeded late", "80 Succeeded"]);
    }

    [Fact]
    public async Task Run_KilledDuringAnExecution_ThatDueTimeIsAnswered()
    {
        busy = new TaskCompletionSource<TaskFailure?>();
        Start(MisfirePolicy.Skip);
        await AdvanceAsync(10.1);
        await stop.CancelAsync();
        busy.SetCanceled(stop.Token);
        await Should.ThrowAsync<OperationCanceledException>(() => loop);
        Settled().ShouldBe(["10 Failed"]);
    }

    private void Start(MisfirePolicy misfire, int window = 3600, double? firedUpTo = null)
    {
        var order = new ResidentOrder
        {
            Schedules = [new IntervalSchedule(TimeSpan.FromSeconds(10), Noon)],
            Misfire = misfire,
            CatchUpWindow = TimeSpan.FromSeconds(window),
            FiredUpTo = Noon + TimeSpan.FromSeconds(firedUpTo ?? 0),
        };
        loop = new ResidentLoop(
            order,
            time,
            async (due, trigger, _) =>
            {
                fired.Add(((due - Noon).TotalSeconds, trigger));
                return busy is null ? null : await busy.Task;
            },
            (report, _) => reports.Add(report)).RunAsync(stop.Token);
    }

    /// <summary>Moves in steps of a tenth of a second; the loop runs on this thread, inside the timers.</summary>
    private async Task AdvanceAsync(double seconds)
    {
        for (int i = 0; i < Math.Round(seconds * 10); i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            if (busy is null && !loop.IsCompleted)
            {
                await time.TimerWithinAsync(TimeSpan.FromSeconds(2), patience.Token);
            }
        }
    }

    private IEnumerable<string> Settled() => reports.Select(report =>
    {
        string range = report.DueCount > 1 ? $"{At(report.DueAt)}..{At(report.DueUntil!.Value)} x{report.DueCount}" : At(report.DueAt);
        string reason = report.Reason?.Split(' ', ':')[0] ?? "";
        return $"{range} {report.Outcome} {reason}".TrimEnd();
    });

    private static string At(DateTimeOffset instant) => $"{(instant - Noon).TotalSeconds:0}";
}
