using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Core;

/// <summary>What a timer is about; an obsolete timer is told by its subject, never searched for and removed.</summary>
internal abstract record TimerSubject
{
    public sealed record AttemptDue(Run Run, Shard Shard) : TimerSubject;

    public sealed record RunTimeout(Run Run) : TimerSubject;

    public sealed record LaunchTimeout(Attempt Attempt, int Watch) : TimerSubject;

    public sealed record ReportTimeout(Attempt Attempt) : TimerSubject;

    public sealed record UnreachableTimeout(Attempt Attempt) : TimerSubject;

    public sealed record KillAgain(Attempt Attempt) : TimerSubject;

    public sealed record ExecutorIdle(Executor Executor, int Period) : TimerSubject;

    public sealed record Reconcile(int Connection, TimeSpan Pause) : TimerSubject;

    public sealed record ReconcileAll(int Connection) : TimerSubject;

    public sealed record ReviveAllowed : TimerSubject;

    public sealed record GangWindow : TimerSubject;
}

/// <summary>
/// Two queues: due times by the wall clock, which may step, and everything else by elapsed time, which cannot. A job stands in the first at
/// most once for each of its next due times; stale entries fall out when they come up.
/// </summary>
internal sealed class Timers
{
    private readonly PriorityQueue<(Job Job, DateTimeOffset Due), long> dues = new();
    private readonly PriorityQueue<TimerSubject, (TimeSpan At, long Order)> elapsed = new();
    private long order;

    public void SetDue(Job job)
    {
        if (job.NextDue is { } due)
        {
            dues.Enqueue((job, due), due.UtcTicks);
        }
    }

    public void Set(TimeSpan at, TimerSubject subject) => elapsed.Enqueue(subject, (at, order++));

    public bool TryTakeDue(DateTimeOffset now, out Job job)
    {
        while (dues.TryPeek(out (Job Job, DateTimeOffset Due) entry, out long at) && at <= now.UtcTicks)
        {
            dues.Dequeue();
            if (entry.Job.NextDue == entry.Due)
            {
                job = entry.Job;
                return true;
            }
        }

        job = null!;
        return false;
    }

    public bool TryTake(TimeSpan now, out TimerSubject subject)
    {
        if (elapsed.TryPeek(out TimerSubject? next, out (TimeSpan At, long) at) && at.At <= now)
        {
            elapsed.Dequeue();
            subject = next;
            return true;
        }

        subject = null!;
        return false;
    }

    public TimeSpan? WakeIn(Moment now)
    {
        TimeSpan? wake = null;
        while (dues.TryPeek(out (Job Job, DateTimeOffset Due) entry, out _))
        {
            if (entry.Job.NextDue != entry.Due)
            {
                dues.Dequeue();
                continue;
            }

            wake = entry.Due - now.Wall;
            break;
        }

        if (elapsed.TryPeek(out _, out (TimeSpan At, long) at) && (wake is null || at.At - now.Elapsed < wake))
        {
            wake = at.At - now.Elapsed;
        }

        return wake < TimeSpan.Zero ? TimeSpan.Zero : wake;
    }
}
