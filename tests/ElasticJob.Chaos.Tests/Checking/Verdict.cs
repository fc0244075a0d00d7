using ElasticJob.Chaos.App;
using ElasticJob.Scheduler.Api.Documents;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Events;
using ElasticJob.Protocol.Orders;
using ElasticJob.Simulation.Checking;

namespace ElasticJob.Chaos.Checking;

/// <summary>What the event log, the definitions and the executors' own file say together. The ledger is checked by the simulator's checker.</summary>
internal sealed class Verdict
{
    private readonly Witness witness = new();
    private readonly IReadOnlyDictionary<string, JobDefinition> jobs;
    private readonly DateTimeOffset end;

    private Verdict(string yaml, SortedDictionary<long, SchedulerEvent> events, DateTimeOffset end)
    {
        this.end = end;
        List<AppDefinition> apps = [];
        List<JobDefinition> read = [];
        foreach (System.Text.Json.Nodes.JsonNode document in DocumentText.ReadYaml(yaml))
        {
            DefinitionReading reading = DefinitionReader.Read(document, DateTimeOffset.UnixEpoch);
            apps.AddRange(reading.App is { } app ? [app] : []);
            read.AddRange(reading.Job is { } job ? [job] : []);
        }

        jobs = read.ToDictionary(j => j.Name.Value);
        foreach ((long sequence, SchedulerEvent happening) in events)
        {
            witness.Stored.Add(sequence, happening);
            if (happening.Actor is { } actor)
            {
                witness.Askings.TryAdd(actor, new Asking { Command = new Command.Apply(actor, apps, read), AskedAt = default });
            }
        }
    }

    public required Figures Figures { get; init; }

    public IReadOnlyList<string> Violations => witness.Violations;

    /// <summary>The whole event log.</summary>
    public IEnumerable<SchedulerEvent> Events => witness.Stored.Values;

    public static Verdict Of(string yaml, SortedDictionary<long, SchedulerEvent> events, IReadOnlySet<long> audited, IReadOnlyList<WitnessLine> lines, DateTimeOffset end)
    {
        var verdict = new Verdict(yaml, events, end) { Figures = FiguresOf(events, lines) };
        verdict.NoGap(audited);
        new Ledger(verdict.witness, new CoreOptions()).Read(end);
        verdict.Executions(lines);
        verdict.Overlaps(lines);
        return verdict;
    }

    /// <summary>I9.</summary>
    private void NoGap(IReadOnlySet<long> audited)
    {
        long next = 1;
        foreach (long sequence in witness.Stored.Keys)
        {
            while (audited.Contains(next))
            {
                next++;
            }

            if (sequence != next)
            {
                witness.Fail("I9", $"events {next} to {sequence - 1} are missing");
            }

            next = sequence + 1;
        }
    }

    /// <summary>I6 and I7: each shard of a run that succeeded has run; none has run more often than its launches allow.</summary>
    private void Executions(IReadOnlyList<WitnessLine> lines)
    {
        ILookup<(string Run, int Shard), WitnessLine> starts = lines.Where(l => l.Deed == Deed.Start).ToLookup(l => (l.Run, l.Shard));
        HashSet<(string Run, int Shard)> ends = [.. lines.Where(l => l.Deed == Deed.End).Select(l => (l.Run, l.Shard))];
        Dictionary<string, SchedulerEvent> created = witness.Stored.Values.Where(e => e.Kind == EventKind.RunCreated).ToDictionary(e => e.Run!);
        foreach (SchedulerEvent finished in witness.Stored.Values.Where(e => e is { Kind: EventKind.RunFinished, Outcome: Scheduling.Events.Outcome.Succeeded }))
        {
            for (int shard = 0; shard < created[finished.Run!].ShardCount; shard++)
            {
                if (!ends.Contains((finished.Run!, shard)))
                {
                    witness.Fail("lost", $"run {finished.Run} succeeded, and its shard {shard} never came to its end");
                }
            }
        }

        // The scheduler must have said why, before a shard runs once more.
        HashSet<(string, int, int)> launched = [.. witness.Stored.Values.Where(e => e.Kind == EventKind.TaskLaunched).Select(e => (e.Run!, e.Shard ?? -1, e.Attempt ?? -1))];
        foreach (IGrouping<(string Run, int Shard), WitnessLine> shard in starts)
        {
            WitnessLine[] attempts = [.. shard.OrderBy(l => l.At)];
            JobDefinition job = jobs[attempts[0].Job];
            bool once = !job.Policy.Failover && job.Policy.Retry.Attempts == 1;
            if (once && attempts.Length > 1)
            {
                witness.Fail("I6", $"shard {shard.Key} of an at-most-once job ran {attempts.Length} times");
            }

            if (attempts.GroupBy(l => l.Attempt).Any(g => g.Count() > 1))
            {
                witness.Fail("I2", $"an attempt at shard {shard.Key} ran twice");
            }

            if (attempts.Zip(attempts.Skip(1)).Any(pair => pair.Second.Fencing <= pair.First.Fencing))
            {
                witness.Fail("fencing", $"a later attempt at shard {shard.Key} has no larger fencing token");
            }

            if (attempts.Any(l => !launched.Contains((l.Run, l.Shard, l.Attempt)) && l.At < end))
            {
                witness.Fail("I1", $"shard {shard.Key} ran, and the log knows no launch of it");
            }
        }
    }

    /// <summary>I5: runs of a job that forbids it do not run at the same time.</summary>
    private void Overlaps(IReadOnlyList<WitnessLine> lines)
    {
        HashSet<string> lost = [.. witness.Stored.Values.Where(e => e is { Kind: EventKind.RunFinished, Outcome: not Scheduling.Events.Outcome.Succeeded }).Select(e => e.Run!)];
        foreach (IGrouping<string, WitnessLine> job in lines.GroupBy(l => l.Job).Where(g => jobs[g.Key].Policy.Overlap == OverlapPolicy.Forbid))
        {
            (string Run, DateTimeOffset From, DateTimeOffset To)[] spans = [.. job.GroupBy(l => l.Run).Select(r => (r.Key, r.Min(l => l.At), r.Max(l => l.At))).OrderBy(s => s.Item2)];
            foreach (((string Run, DateTimeOffset From, DateTimeOffset To) earlier, (string Run, DateTimeOffset From, DateTimeOffset To) later) in spans.Zip(spans.Skip(1)))
            {
                if (later.From < earlier.To && !lost.Contains(earlier.Run))
                {
                    witness.Fail("I5", $"{later.Run} began while {earlier.Run} ran");
                }
            }
        }
    }

    private static Figures FiguresOf(SortedDictionary<long, SchedulerEvent> events, IReadOnlyList<WitnessLine> lines)
    {
        TimeSpan[] late = [.. events.Values.Where(e => e is { Kind: EventKind.RunCreated, DueAt: not null }).Select(e => e.At - (e.DueUntil ?? e.DueAt!.Value)).Order()];
        long Sum(EventKind kind) => events.Values.Where(e => e.Kind == kind && e.DueAt is not null).Sum(e => (long)(e.DueCount ?? 1));
        long skipped = Sum(EventKind.DueSkipped);
        return new Figures(
            events.Values.Count(e => e.Kind == EventKind.SchedulerStarted),
            skipped + Sum(EventKind.RunCreated),
            skipped,
            late.Length,
            lines.Count(l => l.Deed == Deed.Start),
            late.Length == 0 ? default : (late[late.Length / 2], late[late.Length * 99 / 100], late[^1]));
    }
}
