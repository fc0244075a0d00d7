using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Simulation.Checking;

/// <summary>Looks at a whole history when it has ended, and compares what its witnesses say.</summary>
internal sealed class Checker(SimulatedWorld world)
{
    private readonly Witness witness = world.Witness;
    private readonly Ledger ledger = new(world.Witness, world.Plan.Options);

    public void Check(bool quiet)
    {
        Events();
        ledger.Read(world.Wall);
        Executions();
        Overlaps();
        Shards();
        new Promises(world, ledger).Check();
        Agreement(quiet);
        ViewComparison.Check(world);
    }

    /// <summary>What runs wait for, as the product says it.</summary>
    public static IEnumerable<string> Waits(SimulatedWorld world) => world.Leader is not { } leader ? [] : leader.Core.Jobs()
        .SelectMany(j => leader.Core.Why(j.Definition.Name))
        .Take(5)
        .Select(w => $"{w.Run} {w.Shard} {w.Reason}: {w.Message} {string.Join(", ", w.Refusals ?? [])}");

    /// <summary>I9: without gaps, nothing after an end, nothing left open.</summary>
    private void Events()
    {
        if (witness.Stored.Count != witness.LastCommitted)
        {
            witness.Fail("I9", $"{witness.LastCommitted} events were committed and the sink holds {witness.Stored.Count}");
        }

        var open = new HashSet<string>();
        var ended = new HashSet<string>();
        var delayed = new HashSet<(string, int, int)>();
        var tokens = new Dictionary<(string, int), long>();
        foreach (SchedulerEvent happening in witness.Stored.Values)
        {
            switch (happening.Kind)
            {
                case EventKind.RunCreated:
                    open.Add(happening.Run!);
                    break;
                case EventKind.RunFinished when !open.Remove(happening.Run!):
                    witness.Fail("I9", $"run {happening.Run} finished twice, or without having been created");
                    break;
                case EventKind.TaskLaunched:
                    Launched(happening, delayed, tokens);
                    break;
                case EventKind.ShardDelayed:
                    delayed.Add((happening.Run!, happening.Shard!.Value, happening.Attempt!.Value));
                    if (string.IsNullOrEmpty(happening.Reason))
                    {
                        witness.Fail("I6", $"run {happening.Run} shard {happening.Shard} was delayed without a reason");
                    }

                    break;
                case EventKind.TaskStatus:
                    if (ended.Contains(happening.Task!))
                    {
                        witness.Fail("I9", $"task {happening.Task} has the status {happening.State} after its end");
                    }

                    if (happening.State is { } state && Cluster.Master.IsEnded(state))
                    {
                        ended.Add(happening.Task!);
                    }

                    break;
                default:
                    break;
            }
        }

        foreach (string run in open)
        {
            witness.Fail("I14", $"run {run} never finished");
        }
    }

    private void Launched(SchedulerEvent happening, HashSet<(string, int, int)> delayed, Dictionary<(string, int), long> tokens)
    {
        (string Run, int Shard) shard = (happening.Run!, happening.Shard!.Value);
        if (happening.Attempt > 1 && !delayed.Contains((shard.Run, shard.Shard, happening.Attempt.Value - 1)))
        {
            witness.Fail("I6", $"attempt {happening.Attempt} of {shard} has no recorded cause");
        }

        if (tokens.TryGetValue(shard, out long before) && happening.FencingToken <= before)
        {
            witness.Fail("I6", $"attempt {happening.Attempt} of {shard} has the token {happening.FencingToken}, and the one before it {before}");
        }

        tokens[shard] = happening.FencingToken ?? 0;
    }

    /// <summary>I6, I12: what executors ran is what was ordered, and at most once where that is promised.</summary>
    private void Executions()
    {
        foreach (var shard in witness.Executions.GroupBy(e => (e.Order.Run, e.Order.Shard)))
        {
            if (!ledger.Runs.TryGetValue(shard.Key.Run, out (JobDefinition Definition, long Version, IReadOnlyList<int>? Shards) run))
            {
                witness.Fail("I9", $"run {shard.Key.Run} was executed and is in no event");
                continue;
            }

            List<Execution> executions = [.. shard.OrderBy(e => e.From)];
            bool atMostOnce = run.Definition is { Mode: JobMode.Transient, Policy: { Failover: false, Retry.Attempts: 1 } };
            if (atMostOnce && executions.Count > 1)
            {
                witness.Fail("I6", $"shard {shard.Key} may run once at most and ran as {string.Join(", ", executions.Select(e => $"{e.Order.Task} at {e.From.TotalSeconds:0.0} s"))}");
            }

            foreach (Execution execution in executions)
            {
                if (execution.Order.JobVersion != run.Version)
                {
                    witness.Fail("I12", $"task {execution.Order.Task} ran version {execution.Order.JobVersion} for a run of version {run.Version}");
                }
            }

            for (int i = 1; i < executions.Count; i++)
            {
                Execution before = executions[i - 1];
                if ((before.To is not { } to || to > executions[i].From) && !LostBefore(before, executions[i]) && !LostBefore(executions[i], executions[i]))
                {
                    witness.Fail("I6", $"{executions[i].Order.Task} ran beside {before.Order.Task}, whose place was not recorded as lost");
                }
            }
        }
    }

    /// <summary>I5: no two runs of a job overlap as executors see it, unless a place was lost and that is recorded.</summary>
    private void Overlaps()
    {
        foreach (var job in witness.Executions.Where(e => e.Order.Resident is null).GroupBy(e => e.Order.Job))
        {
            var going = new List<Execution>();
            foreach (Execution next in job.OrderBy(e => e.From))
            {
                going.RemoveAll(e => e.To is { } to && to <= next.From);
                foreach (Execution before in going)
                {
                    if (before.Order.Run != next.Order.Run && !MayOverlap(before) && !MayOverlap(next) && !LostBefore(before, next) && !LostBefore(next, next))
                    {
                        witness.Fail("I5", $"{next.Order.Task} started at {next.From.TotalSeconds:0.000} s while {before.Order.Task} was running");
                    }
                }

                going.Add(next);
            }
        }
    }

    private bool MayOverlap(Execution execution) =>
        !ledger.Runs.TryGetValue(execution.Order.Run, out (JobDefinition Definition, long, IReadOnlyList<int>?) run) || run.Definition.Policy.Overlap == OverlapPolicy.Allow;

    private bool LostBefore(Execution before, Execution next) =>
        witness.PlaceLost.TryGetValue(before.Order.Task, out TimeSpan at) && at <= next.From;

    /// <summary>I7: a run that succeeded ran each of its shards to the end.</summary>
    private void Shards()
    {
        ILookup<string, Execution> finished = witness.Executions.Where(e => e.Finished).ToLookup(e => e.Order.Run);
        foreach (SchedulerEvent happening in witness.Stored.Values)
        {
            if (happening is { Kind: EventKind.RunFinished, Outcome: Outcome.Succeeded } && ledger.Runs.TryGetValue(happening.Run!, out (JobDefinition Definition, long, IReadOnlyList<int>? Shards) run))
            {
                IEnumerable<int> expected = run.Shards ?? Enumerable.Range(0, run.Definition.ShardCount);
                if (!finished[happening.Run!].Select(e => e.Order.Shard).Distinct().Order().SequenceEqual(expected.Order()))
                {
                    witness.Fail("I7", $"run {happening.Run} succeeded with the shards {string.Join(",", finished[happening.Run!].Select(e => e.Order.Shard).Distinct().Order())}, not {string.Join(",", expected)}");
                }
            }
        }
    }

    /// <summary>I14, I16: after the faults, and with all jobs disabled, nothing is left anywhere.</summary>
    private void Agreement(bool quiet)
    {
        if (!quiet)
        {
            string what = world.Leader is { } leader
                ? $"{leader.Core.Cluster()} runs [{string.Join("; ", leader.Core.Runs().Where(r => r.State != RunState.Finished).Take(3).Select(r => $"{r.Id} {r.State} {string.Join(",", r.Shards.Where(s => s.State != ShardState.Finished).Take(2).Select(s => $"{s.Item}:{s.State} {s.Task?.Id} {s.Task?.State} on {s.Task?.Agent}"))}"))}]"
                    + $" waiting for [{string.Join("; ", Waits(world))}]"
                : "no scheduler leads";
            witness.Fail("I14", $"the views do not agree long after the faults have stopped: {what}");
            return;
        }

        foreach (Execution execution in witness.Executions)
        {
            if (execution.To is null)
            {
                witness.Fail("I14", $"task {execution.Order.Task} runs on and nobody knows it");
            }
        }

        List<string> left = [.. world.Records.Keys.Where(k => k.StartsWith("runs/", StringComparison.Ordinal) || k.StartsWith("versions/", StringComparison.Ordinal))];
        if (left.Count > 0)
        {
            witness.Fail("I16", $"records of finished work are left: {string.Join(", ", left.Take(3))}");
        }

        int most = 40 + (world.Plan.Jobs.Count * 2);
        if (world.Records.Count > most)
        {
            witness.Fail("I16", $"{world.Records.Count} records are left when nothing goes on");
        }

        // The journal up to the next snapshot, one that is being replaced, a snapshot of some pieces, and the few nodes around them.
        int mostNodes = (world.Plan.CompactAfter * 2) + 30;
        if (world.Ensemble.Nodes > mostNodes)
        {
            witness.Fail("I16", $"{world.Ensemble.Nodes} znodes are left when nothing goes on, and {mostNodes} are bound to be enough");
        }
    }
}
