using ElasticJob.Chaos.App;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Chaos.Checking;

/// <summary>The check finds what is planted. <c>job-000</c> is at most once and forbids overlap; <c>job-001</c> may be run again.</summary>
public sealed class VerdictTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly SortedDictionary<long, SchedulerEvent> events = [];
    private readonly List<WitnessLine> lines = [];

    public VerdictTests()
    {
        Happens(new SchedulerEvent { Sequence = 1, At = Noon, Kind = EventKind.AppCreated, App = "chaos", Actor = "me" });
        Happens(new SchedulerEvent { Sequence = 2, At = Noon, Kind = EventKind.JobCreated, Job = "job-000", Version = 1, Actor = "me" });
        Run(3, 5);
        Run(6, 10);
    }

    [Fact]
    public void Of_EverythingAnsweredOnce_IsGood() => Violations().ShouldBeEmpty();

    [Fact]
    public void Of_DueTimeWithoutAnAnswer_IsFound()
    {
        Run(9, 20);
        Violations().ShouldContain(v => v.StartsWith("ledger:"));
    }

    [Fact]
    public void Of_EventMissing_IsFound()
    {
        events.Remove(4);
        Violations().ShouldContain(v => v.StartsWith("I9:"));
    }

    [Fact]
    public void Of_SucceededShardThatNeverEnded_IsFound()
    {
        lines.RemoveAll(l => l is { Deed: Deed.End, Run: "job-000@5" });
        Violations().ShouldContain(v => v.StartsWith("lost:"));
    }

    [Fact]
    public void Of_AtMostOnceShardTwice_IsFound()
    {
        lines.Add(lines[0] with { Attempt = 2, Fencing = 99, At = lines[0].At.AddMilliseconds(1) });
        Violations().ShouldContain(v => v.StartsWith("I6:"));
    }

    [Fact]
    public void Of_SameAttemptTwice_IsFound()
    {
        lines.Add(lines[0]);
        Violations().ShouldContain(v => v.StartsWith("I2:"));
    }

    [Fact]
    public void Of_RunsThatOverlapAgainstTheRule_AreFound()
    {
        int end = lines.FindIndex(l => l is { Deed: Deed.End, Run: "job-000@5" });
        lines[end] = lines[end] with { At = Noon.AddSeconds(11) };
        Violations().ShouldContain(v => v.StartsWith("I5:"));
    }

    [Fact]
    public void Of_ExecutionThatNobodyLaunched_IsFound()
    {
        events[4] = events[4] with { Attempt = 7 };
        Violations().ShouldContain(v => v.StartsWith("I1:"));
    }

    /// <summary>A run of job-000 that is due, created, launched, executed and finished as it should be.</summary>
    private void Run(long sequence, int second)
    {
        string run = $"job-000@{second}";
        DateTimeOffset due = Noon.AddSeconds(second);
        Happens(new SchedulerEvent { Sequence = sequence, At = due, Kind = EventKind.RunCreated, Job = "job-000", Run = run, Version = 1, DueAt = due, DueCount = 1, Trigger = Protocol.Orders.Trigger.Cron, ShardCount = 1 });
        Happens(new SchedulerEvent { Sequence = sequence + 1, At = due, Kind = EventKind.TaskLaunched, Job = "job-000", Run = run, Shard = 0, Attempt = 1 });
        Happens(new SchedulerEvent { Sequence = sequence + 2, At = due.AddSeconds(1), Kind = EventKind.RunFinished, Job = "job-000", Run = run, Outcome = Scheduling.Events.Outcome.Succeeded });
        lines.Add(new WitnessLine(Deed.Start, "job-000", run, 0, 1, sequence, due));
        lines.Add(new WitnessLine(Deed.End, "job-000", run, 0, 1, sequence, due.AddSeconds(1)));
    }

    private void Happens(SchedulerEvent happening) => events.Add(happening.Sequence, happening);

    private IReadOnlyList<string> Violations() =>
        Verdict.Of(ChaosJobs.Yaml(1, "/nowhere"), events, new HashSet<long>(), lines, Noon.AddSeconds(events.Values.Max(e => e.DueAt ?? Noon).Second + 4)).Violations;
}
