using System.Globalization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Answers due times. Every due time after a job's watermark is settled exactly once, in order, by a run or by a recorded reason:
/// <code>
///   watermark            now − window          now − threshold        now
///       │ ── too old ──────── │ ───── late ─────────── │ ─── on time ── │
///             skipped              misfire policy         overlap policy
/// </code>
/// </summary>
internal sealed class Firing(World world, Changes changes, RunLifecycle runs)
{
    /// <summary>More due times than this are recorded as a range without a count.</summary>
    private const int MostCounted = 10_000;

    /// <summary>Sets when the job is due next, from its watermark.</summary>
    public void Plan(Job job)
    {
        job.NextDue = IsScheduled(job) ? job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) : null;
        world.Timers.SetDue(job);
    }

    /// <summary>Answers everything of the job that is due by now, and plans the next.</summary>
    public void Fire(Job job)
    {
        DateTimeOffset now = world.Now.Wall;
        JobPolicy policy = job.Definition.Policy;
        if (!IsScheduled(job))
        {
            job.NextDue = null;
            return;
        }

        if (IsAppDisabled(job))
        {
            Skip(job, now, "appDisabled", $"app {job.Definition.App} is disabled");
            Plan(job);
            return;
        }

        DateTimeOffset lateUntil = now - world.Options.MisfireThreshold;
        if (job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) is { } first && first <= lateUntil)
        {
            DateTimeOffset windowStart = now - policy.CatchUpWindow;
            if (policy.Misfire == MisfirePolicy.Skip)
            {
                Skip(job, lateUntil, "misfire", $"{Misfired(first)}, skipped");
            }
            else
            {
                if (first <= windowStart && windowStart < lateUntil)
                {
                    Skip(job, windowStart, "misfire", $"{Misfired(first)}, older than the catch-up window of {SpokenDuration.Of(policy.CatchUpWindow)}");
                }
                else if (windowStart >= lateUntil)
                {
                    Skip(job, lateUntil, "misfire", $"{Misfired(first)}, older than the catch-up window of {SpokenDuration.Of(policy.CatchUpWindow)}");
                }

                CatchUp(job, lateUntil);
            }
        }

        while (job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) is { } due && due <= now)
        {
            Answered(job, due);
            Admit(job, new NewRun(Trigger.Cron, due) { DueCount = 1 });
        }

        Plan(job);
    }

    /// <summary>Whether nothing but an interval says when it is due.</summary>
    public static bool IsIntervalAlone(JobDefinition definition) => definition.Every is not null && definition.Schedule.Count == 0;

    /// <summary>Records all due times after the watermark up to <paramref name="until"/> as answered without a run.</summary>
    public void Skip(Job job, DateTimeOffset until, string reason, string message)
    {
        if (job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) is not { } first || first > until)
        {
            return;
        }

        DateTimeOffset last = first;
        int? count = 1;
        while (job.Schedules.NextAfter(last) is { } next && next <= until)
        {
            last = next;
            if (++count > MostCounted)
            {
                last = until;
                count = null;
                break;
            }
        }

        Answered(job, last);
        EmitSkipped(job, first, last, count, reason, message);
    }

    /// <summary>
    /// After the wall clock was set back: interval jobs go on from now instead of waiting until the clock is where it was. Cron jobs wait, because
    /// the times that come again are answered.
    /// </summary>
    public void RestartIntervals()
    {
        foreach (Job job in world.Jobs.Values)
        {
            if (job.Definition.Every is { } every && IsIntervalAlone(job.Definition) && job.NextDue > world.Now.Wall + every)
            {
                job.Record = job.Record with { Anchor = world.Now.Wall };
                job.Schedules = [new IntervalSchedule(every, job.Record.Anchor)];
                CountFromNow(job, evenBackwards: true);
                changes.Write(State.StateKeys.Job(job.Name), State.StateJson.Write(job.Record, State.StateJson.Default.JobRecord));
                Plan(job);
            }
        }
    }

    /// <summary>Moves the watermark to now: what was due before belongs to an earlier schedule. The job's record is the caller's to write.</summary>
    /// <param name="job">The job.</param>
    /// <param name="evenBackwards">
    /// Whether also from a watermark that the clock was set back behind: the times of an interval mean nothing to another schedule, those of a cron
    /// expression would come twice.
    /// </param>
    public void CountFromNow(Job job, bool evenBackwards)
    {
        DateTimeOffset upTo = job.Cursor.AnsweredUpTo;
        if (upTo > world.Now.Wall)
        {
            if (!evenBackwards)
            {
                return;
            }

            job.Record = job.Record with { NamesAfter = Later(job.Record.NamesAfter, upTo) };
        }

        Answered(job, world.Now.Wall);
    }

    /// <summary>When a job is enabled again: what was due in the meantime is recorded, not caught up.</summary>
    public void SettleDisabled(Job job)
    {
        DateTimeOffset now = world.Now.Wall;
        if (job.Definition.Mode == JobMode.Transient)
        {
            Skip(job, now, "disabled", "the job was disabled");
            return;
        }

        job.Cursor = job.Cursor with { FiredUpTo = [] };
        changes.TouchCursor(job);
    }

    /// <summary>Lets a new run in, by the job's overlap policy.</summary>
    /// <returns>The run, or why there is none.</returns>
    public (Run? Run, string? Refusal) Admit(Job job, NewRun wanted, bool queue = false)
    {
        string? refusal = null;
        bool busy = job.Active.Count > 0 || job.Waiting.Count > 0;
        OverlapPolicy overlap = job.Definition.Policy.Overlap;
        if (overlap == OverlapPolicy.Allow)
        {
            if (job.Active.Count + job.Waiting.Count >= world.Options.MostParallelRuns)
            {
                refusal = $"{world.Options.MostParallelRuns} runs of the job are unfinished already";
            }
        }
        else if (queue || overlap == OverlapPolicy.QueueAll)
        {
            if (job.Waiting.Count >= world.Options.MostWaitingRuns)
            {
                refusal = $"{world.Options.MostWaitingRuns} runs of the job wait already";
            }
        }
        else if (busy)
        {
            refusal = overlap switch
            {
                OverlapPolicy.Forbid => $"run {Busy(job)} is not finished",
                OverlapPolicy.QueueOne when job.Waiting.Count > 0 => $"run {job.Waiting.First!.Value.Id} waits already",
                _ => null,
            };
        }

        if (refusal is not null)
        {
            if (wanted.Trigger is Trigger.Cron or Trigger.Misfire)
            {
                EmitSkipped(job, wanted.DueFrom ?? wanted.DueAt, wanted.DueAt, wanted.DueCount, "overlap", refusal);
            }

            return (null, refusal);
        }

        if (busy && overlap == OverlapPolicy.Replace && !queue)
        {
            string reason = $"replaced by the run due at {wanted.DueAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}";
            foreach (Run waiting in job.Waiting.ToArray())
            {
                runs.End(waiting, Outcome.Killed, reason);
            }

            foreach (Run active in job.Active.ToArray())
            {
                runs.End(active, Outcome.Killed, reason);
            }
        }

        Run run = runs.Create(job, wanted);
        runs.Advance(job);
        return (run, null);
    }

    private void CatchUp(Job job, DateTimeOffset lateUntil)
    {
        if (job.Definition.Policy.Misfire == MisfirePolicy.FireAll)
        {
            while (job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) is { } due && due <= lateUntil)
            {
                Answered(job, due);
                Admit(
                    job,
                    new NewRun(Trigger.Misfire, due) { DueCount = 1, Reason = "misfire", Message = $"{Misfired(due)}, fired" },
                    queue: true);
            }

            return;
        }

        if (job.Schedules.NextAfter(job.Cursor.AnsweredUpTo) is not { } first || first > lateUntil)
        {
            return;
        }

        DateTimeOffset last = first;
        int count = 1;
        while (job.Schedules.NextAfter(last) is { } next && next <= lateUntil)
        {
            last = next;
            count++;
        }

        Answered(job, last);
        Admit(job, new NewRun(Trigger.Misfire, last)
        {
            DueFrom = first,
            DueCount = count,
            Reason = "misfire",
            Message = count == 1 ? $"{Misfired(first)}, fired once" : $"{Misfired(first)}, fired once for {count} due times",
        });
    }

    private void Answered(Job job, DateTimeOffset upTo)
    {
        job.Cursor = job.Cursor with { AnsweredUpTo = upTo };
        changes.TouchCursor(job);
    }

    private void EmitSkipped(Job job, DateTimeOffset first, DateTimeOffset last, int? count, string reason, string message) =>
        changes.Emit(new SchedulerEvent
        {
            Kind = EventKind.DueSkipped,
            App = job.Definition.App.Value,
            Job = job.Name.Value,
            Version = job.Record.Version,
            DueAt = first,
            DueUntil = last == first ? null : last,
            DueCount = count,
            Reason = reason,
            Message = message,
        });

    private bool IsAppDisabled(Job job) => world.Apps.TryGetValue(job.Definition.App, out App? app) && !app.Record.Definition.Enabled;

    private static bool IsScheduled(Job job) =>
        job.Definition.Enabled && job.Definition.Mode == JobMode.Transient && job.Fault is null && job.Schedules.Count > 0;

    private static string Busy(Job job) => job.Active.Count > 0 ? job.Active[0].Id : job.Waiting.First!.Value.Id;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    /// <summary>
    /// Why a due time was not answered in time, if that is known: what was due before this scheduler took the lead had no leader; all else is only late
    /// (the clock was set forward, the machine stood still, the app was disabled).
    /// </summary>
    private string Misfired(DateTimeOffset first) => first < world.LeadsSince
        ? $"misfired: leader absent {SpokenDuration.Of(world.LeadsSince - first)}"
        : $"misfired: {SpokenDuration.Of(world.Now.Wall - first)} late";
}
