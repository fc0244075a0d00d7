using System.Globalization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Executor;

/// <summary>
/// Fires a resident shard at its due times. Every due time after the watermark is settled exactly once and in order: by an execution, or
/// by a skip that says why. The watermark moves only over settled due times, so a clock that steps back repeats nothing, and one that
/// steps forward, like a process that was stopped for a while, leaves due times to the misfire policy.
/// <code>
///   watermark        missed            now
///   ────┼──────x──────x──────x──────────┼──────────> wall clock      1 a due time more than a second old is missed: policy
///                                       └── o next                   2 otherwise wait for it, looking at the clock every second
///                                            ╰── runs ──╯ x          3 what came due while it ran: skipped, "overlap"
/// </code>
/// </summary>
internal sealed class ResidentLoop(
    ResidentOrder order,
    TimeProvider time,
    Func<DateTimeOffset, Trigger, CancellationToken, Task<TaskFailure?>> execute,
    Action<ExecutionReport, DateTimeOffset> settled)
{
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    private DateTimeOffset watermark;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        watermark = order.FiredUpTo == default ? time.GetUtcNow() : order.FiredUpTo;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (order.Schedules.NextAfter(watermark) is not { } due)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            DateTimeOffset missedUntil = time.GetUtcNow() - Lateness;
            if (due < missedUntil)
            {
                await SettleMissedAsync(missedUntil, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await WaitForAsync(due, cancellationToken).ConfigureAwait(false);
            if (time.GetUtcNow() - due > Lateness)
            {
                continue;
            }

            DateTimeOffset busyUntil = await ExecuteAsync(due, due, 1, Trigger.Cron, null, cancellationToken).ConfigureAwait(false);
            SkipRange(busyUntil, "overlap");
        }
    }

    private async Task WaitForAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (due - time.GetUtcNow() is { } rest && rest > TimeSpan.Zero)
        {
            // Timers count whole milliseconds and may fire a little early; the clock is asked again in any case.
            TimeSpan sleep = rest < LongestSleep ? rest + TimeSpan.FromMilliseconds(1) : LongestSleep;
            await Task.Delay(sleep, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SettleMissedAsync(DateTimeOffset missedUntil, CancellationToken cancellationToken)
    {
        if (order.Misfire == MisfirePolicy.Skip)
        {
            SkipRange(missedUntil, "missed: nothing ran at that time");
            return;
        }

        SkipRange(
            Earlier(time.GetUtcNow() - order.CatchUpWindow, missedUntil),
            "missed: it lies further back than the catch-up window");
        if (order.Schedules.NextAfter(watermark) is not { } first || first > missedUntil)
        {
            return;
        }

        if (order.Misfire == MisfirePolicy.FireAll)
        {
            await ExecuteAsync(first, first, 1, Trigger.Misfire, Late(first), cancellationToken).ConfigureAwait(false);
            return;
        }

        // One execution answers all that is due by now; what comes due while it runs is overlap.
        (DateTimeOffset last, int count) = Range(time.GetUtcNow());
        DateTimeOffset busyUntil = await ExecuteAsync(first, last, count, Trigger.Misfire, Late(first), cancellationToken).ConfigureAwait(false);
        SkipRange(busyUntil, "overlap");
    }

    /// <summary>Runs one execution that answers the due times from first to last; gives back until when it kept the shard busy.</summary>
    private async Task<DateTimeOffset> ExecuteAsync(
        DateTimeOffset first, DateTimeOffset last, int count, Trigger trigger, string? reason, CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long started = time.GetTimestamp();
        TaskFailure? failure;
        bool cancelled = false;
        try
        {
            failure = await execute(last, trigger, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            cancelled = true;
            failure = Execution.Failures.Of(FailureKind.Exception, "The shard was killed while this execution ran.");
        }

        // By the steady clock: a wall clock that stepped meanwhile says nothing about how long it took.
        DateTimeOffset completedAt = startedAt + time.GetElapsedTime(started);
        Settle(new ExecutionReport
        {
            DueAt = first,
            DueUntil = count > 1 ? last : null,
            DueCount = count,
            Outcome = failure is null ? ExecutionOutcome.Succeeded : ExecutionOutcome.Failed,
            StartedAt = startedAt,
            CompletedAt = completedAt,
            Reason = reason,
            Failure = failure,
        });
        return cancelled ? throw new OperationCanceledException(cancellationToken) : completedAt;
    }

    private void SkipRange(DateTimeOffset until, string reason)
    {
        if (order.Schedules.NextAfter(watermark) is not { } first || first > until)
        {
            return;
        }

        (DateTimeOffset last, int count) = Range(until);
        Settle(new ExecutionReport
        {
            DueAt = first,
            DueUntil = count > 1 ? last : null,
            DueCount = count,
            Outcome = ExecutionOutcome.Skipped,
            Reason = reason,
        });
    }

    private (DateTimeOffset Last, int Count) Range(DateTimeOffset until)
    {
        DateTimeOffset last = watermark;
        int count = 0;
        foreach (DateTimeOffset due in order.Schedules.DueTimes(watermark, until))
        {
            last = due;
            count++;
        }

        return (last, count);
    }

    private void Settle(ExecutionReport report)
    {
        watermark = report.DueUntil ?? report.DueAt;
        settled(report, watermark);
    }

    private string Late(DateTimeOffset due) =>
        string.Create(CultureInfo.InvariantCulture, $"late by {(time.GetUtcNow() - due).TotalSeconds:0} s");

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
