using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation.Checking;

/// <summary>
/// Whether what was recorded of each run is what its policies promise (<c>docs/policies.md</c>): retry, failover, launch, timeout, backoff, replace. Durations are
/// held to the clock only where it was never set; how fast something happens only in histories without faults of the cluster.
/// </summary>
internal sealed class Promises(SimulatedWorld world, Ledger ledger)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(3);

    private readonly Witness witness = world.Witness;
    private readonly bool clockIsSteady = !world.Plan.Does(Deed.ClockBack, Deed.ClockForward);
    private readonly Dictionary<string, RecordedRun> runs = [];

    public void Check()
    {
        foreach (SchedulerEvent happening in witness.Stored.Values)
        {
            if (happening.Run is not { } id)
            {
                continue;
            }

            if (happening.Kind == EventKind.RunCreated && ledger.Runs.TryGetValue(id, out (JobDefinition Definition, long, IReadOnlyList<int>?) known))
            {
                runs[id] = new RecordedRun(known.Definition, happening);
            }
            else if (runs.TryGetValue(id, out RecordedRun? run))
            {
                run.Events.Add(happening);
            }
        }

        foreach (RecordedRun run in runs.Values.Where(r => r.Created.Trigger != Trigger.Resident))
        {
            Outcomes(run);
            Retries(run);
            Waits(run);
            Gang(run);
            Timeout(run);
        }

        Orders();
        if (world.Plan.IsUndisturbed)
        {
            Replaced();
            OnTime();
        }
    }

    /// <summary>A shard's outcome is what its executor did, a run's what its shards say.</summary>
    private void Outcomes(RecordedRun run)
    {
        // That no task runs twice is I2 and I6; here the last time counts.
        Dictionary<string, Execution> executions = witness.Executions.Where(e => e.Order.Run == run.Id).GroupBy(e => e.Order.Task).ToDictionary(g => g.Key, g => g.Last());
        List<SchedulerEvent> shards = run.Of(EventKind.ShardFinished);
        foreach (SchedulerEvent shard in shards)
        {
            bool finished = shard.Task is { } task && executions.TryGetValue(task, out Execution? execution) && execution.Finished;
            if ((shard.Outcome == Outcome.Failed && finished) || (shard.Outcome == Outcome.Succeeded && !finished))
            {
                witness.Fail("I7", $"shard {shard.Shard} of {run.Id} is recorded as {shard.Outcome}, and its executor says that it {(finished ? "finished" : "did not finish")}");
            }

            if (shard.Outcome == Outcome.Lost && run.Policy.Failover)
            {
                witness.Fail("policy", $"shard {shard.Shard} of {run.Id} is lost though failover is on: {shard.Reason}");
            }
        }

        if (run.Finished is { Outcome: { } outcome } && shards.Count > 0)
        {
            bool all = shards.All(s => s.Outcome == Outcome.Succeeded);
            if (all != (outcome == Outcome.Succeeded) || (outcome == Outcome.Failed && shards.All(s => s.Outcome != Outcome.Failed)))
            {
                witness.Fail("I7", $"run {run.Id} is recorded as {outcome}, and its shards as {string.Join(", ", shards.Select(s => s.Outcome))}");
            }
        }
    }

    /// <summary>User code that failed runs again while attempts are left, and no more often.</summary>
    private void Retries(RecordedRun run)
    {
        foreach (IGrouping<int?, SchedulerEvent> shard in run.Events.Where(e => e.Shard is not null).GroupBy(e => e.Shard))
        {
            List<SchedulerEvent> ends = [.. shard.Where(e => e.Kind == EventKind.TaskStatus && e.State is { } state && Cluster.Master.IsEnded(state))];
            int failures = ends.Count(IsFailure);
            int allowed = run.Policy.Retry.Attempts;
            Outcome? outcome = shard.FirstOrDefault(e => e.Kind == EventKind.ShardFinished)?.Outcome;
            if (failures > allowed || (outcome == Outcome.Succeeded && failures == allowed))
            {
                witness.Fail("policy", $"shard {shard.Key} of {run.Id} failed {failures} times and had {allowed} attempts");
            }

            if (outcome == Outcome.Failed && ends.Count > 0 && IsFailure(ends[^1]) && failures < allowed)
            {
                witness.Fail("policy", $"shard {shard.Key} of {run.Id} was given up after {failures} of {allowed} attempts");
            }
        }
    }

    /// <summary>Nothing is given up, and nothing tried again, before the time that its policy names.</summary>
    private void Waits(RecordedRun run)
    {
        if (!clockIsSteady)
        {
            return;
        }

        for (int i = 0; i < run.Events.Count; i++)
        {
            SchedulerEvent happening = run.Events[i];
            (TimeSpan Least, DateTimeOffset? From) wait = happening switch
            {
                { Kind: EventKind.TaskStatus, Reason: "unreachableTimeout" } => (run.Policy.UnreachableTimeout, run.Last(i, e => e.Task == happening.Task && e.State == TaskState.Unreachable)),
                { Kind: EventKind.TaskStatus, Reason: "launchTimeout" } => (world.Plan.Options.LaunchTimeout, run.Last(i, e => e.Task == happening.Task && e.Kind == EventKind.TaskLaunched)),
                { Kind: EventKind.TaskLaunched, Attempt: > 1 } => (run.Policy.Retry.BackoffMin, run.Last(i, e => e is { Kind: EventKind.ShardDelayed, Reason: "retry" } && e.Shard == happening.Shard && e.Attempt == happening.Attempt - 1)),
                { Kind: EventKind.RunFinished, Outcome: Outcome.TimedOut } => (run.Policy.Timeout ?? TimeSpan.MaxValue, run.Last(i, e => e.Kind == EventKind.RunStarted)),
                _ => (TimeSpan.Zero, null),
            };
            if (wait.From is { } from && happening.At - from < wait.Least - TimeSpan.FromMilliseconds(10))
            {
                witness.Fail("policy", $"run {run.Id}: {happening.Kind} {happening.Task} ({happening.Reason ?? happening.Outcome?.ToString()}) came {happening.At - from} after {from:O}, and the least is {wait.Least}");
            }
        }
    }

    /// <summary>All shards start at once, or each by itself.</summary>
    private void Gang(RecordedRun run)
    {
        List<SchedulerEvent> first = [.. run.Of(EventKind.TaskLaunched).Where(e => e.Attempt == 1)];
        if (run.Definition.Policy.Launch == LaunchPolicy.AllShards && first.Select(e => e.At).Distinct().Count() > 1)
        {
            witness.Fail("policy", $"the shards of {run.Id} were launched at {string.Join(", ", first.Select(e => $"{e.At:HH:mm:ss.fff}"))}, and they start together");
        }
    }

    private void Timeout(RecordedRun run)
    {
        if (world.Plan.IsUndisturbed
            && run is { Policy.Timeout: { } timeout, Finished: { } finished }
            && run.Of(EventKind.RunStarted).FirstOrDefault() is { } started
            && finished.At - started.At > timeout + run.Policy.KillGrace + Slack)
        {
            witness.Fail("policy", $"run {run.Id} went on for {finished.At - started.At}, and its timeout is {timeout}");
        }
    }

    /// <summary>A run that comes in under <c>replace</c> ends those before it, with no more than their grace.</summary>
    private void Replaced()
    {
        foreach (IGrouping<string?, RecordedRun> job in runs.Values.Where(r => r.Created.Trigger != Trigger.Resident).GroupBy(r => r.Created.Job))
        {
            foreach (RecordedRun newer in job.Where(r => r is { Policy.Overlap: OverlapPolicy.Replace, Created.Trigger: Trigger.Cron or Trigger.Manual }))
            {
                foreach (RecordedRun older in job.Where(o => o.Created.Sequence < newer.Created.Sequence && o.Finished is { } end && end.At > newer.Created.At + o.Policy.KillGrace + Slack))
                {
                    witness.Fail("policy", $"run {older.Id} went on until {older.Finished!.At:O}, and {newer.Id} replaced it at {newer.Created.At:O}");
                }
            }
        }
    }

    /// <summary>Where nothing stands in the way each due time is answered when it comes.</summary>
    private void OnTime()
    {
        foreach (SchedulerEvent happening in witness.Stored.Values)
        {
            if (happening is { Kind: EventKind.RunCreated, Trigger: Trigger.Cron or Trigger.Misfire, DueAt: { } due }
                && (happening.Trigger == Trigger.Misfire || happening.At - due > TimeSpan.FromSeconds(1)))
            {
                witness.Fail("policy", $"run {happening.Run} was due at {due:O} and created at {happening.At:O} ({happening.Trigger}), and nothing was wrong");
            }

            if (happening is { Kind: EventKind.DueSkipped, Reason: "misfire" })
            {
                witness.Fail("policy", $"{happening.DueAt:O} of {happening.Job} was missed at {happening.At:O}, and nothing was wrong");
            }
        }
    }

    /// <summary>I12: each order says what the definition says.</summary>
    private void Orders()
    {
        foreach (Execution execution in witness.Executions)
        {
            TaskOrder order = execution.Order;
            if (!runs.TryGetValue(order.Run, out RecordedRun? run))
            {
                continue;
            }

            string? parameter = run.Created is { Trigger: Trigger.Manual, Actor: { } actor } && witness.Askings[actor].Command is Scheduling.Commands.Command.TriggerJob trigger
                ? trigger.Parameter ?? run.Definition.Parameter
                : run.Definition.Parameter;
            if (order.JobParameter != parameter || order.ShardCount != run.Definition.ShardCount || order.Job != run.Created.Job || order.ScheduledAt != (run.Created.DueUntil ?? run.Created.DueAt ?? order.ScheduledAt))
            {
                witness.Fail("I12", $"task {order.Task} was told job {order.Job}, parameter '{order.JobParameter}', {order.ShardCount} shards, due {order.ScheduledAt:O}; its run is of {run.Created.Job}, '{parameter}', {run.Definition.ShardCount}, {run.Created.DueAt:O}");
            }
        }
    }

    private static bool IsFailure(SchedulerEvent end) => end.State == TaskState.Failed
        && end.Reason is null or "REASON_CONTAINER_LAUNCH_FAILED" or "REASON_RECONCILIATION" or "REASON_AGENT_REREGISTERED";

    /// <summary>One run as the stored events tell it.</summary>
    private sealed record RecordedRun(JobDefinition Definition, SchedulerEvent Created)
    {
        public List<SchedulerEvent> Events { get; } = [];

        public string Id => Created.Run!;

        public JobPolicy Policy => Definition.Policy;

        public SchedulerEvent? Finished => Events.LastOrDefault(e => e.Kind == EventKind.RunFinished);

        public List<SchedulerEvent> Of(EventKind kind) => [.. Events.Where(e => e.Kind == kind)];

        /// <summary>When something like this happened last before an event.</summary>
        public DateTimeOffset? Last(int before, Func<SchedulerEvent, bool> like)
        {
            int found = Events.FindLastIndex(before, e => like(e));
            return found < 0 ? null : Events[found].At;
        }
    }
}
