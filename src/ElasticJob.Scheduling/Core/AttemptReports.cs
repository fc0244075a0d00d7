using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Core;

/// <summary>What an executor reports of an attempt: how far it is, where its files are, and what a resident shard answered.</summary>
internal sealed class AttemptReports(Changes changes)
{
    public void Listen(Attempt attempt, TaskReport? report)
    {
        if (report is null)
        {
            return;
        }

        attempt.Progress = report.Progress ?? attempt.Progress;
        attempt.ProgressText = report.Text ?? attempt.ProgressText;
        if ((report.Sandbox is not null && attempt.Sandbox is null) || (report.Log is not null && attempt.Log is null))
        {
            attempt.Sandbox ??= report.Sandbox;
            attempt.Log ??= report.Log;
            changes.Touch(attempt.Run, attempt.Shard);
        }

        Record(attempt, report);
    }

    /// <summary>What a resident shard answered: each due time once, whatever is repeated on the way.</summary>
    private void Record(Attempt attempt, TaskReport report)
    {
        if (report.Executions is not { Count: > 0 } && report.FiredUpTo is null)
        {
            return;
        }

        Job job = attempt.Run.Job;
        SortedDictionary<int, DateTimeOffset> firedUpTo = job.Cursor.FiredUpTo is { } known ? new(known) : [];
        DateTimeOffset before = firedUpTo.GetValueOrDefault(attempt.Shard.Item, DateTimeOffset.MinValue);
        foreach (ExecutionReport execution in report.Executions ?? [])
        {
            if ((execution.DueUntil ?? execution.DueAt) > before)
            {
                changes.Emit(Changes.About(attempt, EventKind.Execution) with
                {
                    DueAt = execution.DueAt,
                    DueUntil = execution.DueUntil,
                    DueCount = execution.DueCount,
                    Outcome = execution.Outcome switch
                    {
                        ExecutionOutcome.Succeeded => Outcome.Succeeded,
                        ExecutionOutcome.Failed => Outcome.Failed,
                        _ => null,
                    },
                    Reason = execution.Outcome == ExecutionOutcome.Skipped ? execution.Reason : null,
                    Message = execution.Failure?.Message ?? execution.Reason,
                    Failure = execution.Failure,
                    Execution = execution,
                });
            }
        }

        if (report.FiredUpTo is { } upTo && upTo > before)
        {
            firedUpTo[attempt.Shard.Item] = upTo;
            job.Cursor = job.Cursor with { FiredUpTo = firedUpTo };
            changes.TouchCursor(job);
        }
    }
}
