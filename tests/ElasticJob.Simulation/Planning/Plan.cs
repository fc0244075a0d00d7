using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Simulation.Time;

namespace ElasticJob.Simulation.Planning;

/// <summary>
/// What a seed stands for: a cluster, jobs, rates of small faults, and a list of deeds. Swarm testing: each seed switches most kinds of deeds off and
/// makes the others frequent, because rare combinations are found by leaving things out.
/// </summary>
internal sealed class Plan
{
    public required ulong Seed { get; init; }

    public required DateTimeOffset Start { get; init; }

    public required TimeSpan Length { get; init; }

    public required CoreOptions Options { get; init; }

    public required int Agents { get; init; }

    public required Resources AgentResources { get; init; }

    public required IReadOnlyList<JobDefinition> Jobs { get; init; }

    public required IReadOnlyList<PlanItem> Items { get; init; }

    // Rates of small faults, each for one happening of its kind.
    public double UpdateRepeated { get; init; }

    public double UpdateLate { get; init; }

    public double LaunchDropped { get; init; }

    public double TaskFails { get; init; }

    public double KillIgnored { get; init; }

    public double ExecutorCannotStart { get; init; }

    public double CallLost { get; init; }

    /// <summary>Messages between any two parties that take seconds.</summary>
    public double Delayed { get; init; }

    /// <summary>Status updates and kills between master and agents that are lost; updates come again.</summary>
    public double MessageLost { get; init; }

    /// <summary>How often other frameworks take resources between two offers.</summary>
    public double Competition { get; init; }

    /// <summary>Whether agents offer what is reserved and what is not in offers of their own.</summary>
    public bool SplitsOffers { get; init; }

    /// <summary>How many scheduler processes there are.</summary>
    public int Schedulers { get; init; }

    /// <summary>After how many commits the store writes a snapshot.</summary>
    public int CompactAfter { get; init; }

    /// <summary>Whether the store compresses, as it does; most histories go without, because it costs more than all else.</summary>
    public bool Compresses { get; init; }

    public double SlowestStart { get; init; }

    public double LongestTask { get; init; }

    /// <summary>Whether nothing is done to the cluster, the store, the sink or the clocks, and nothing small goes wrong on the way: operators alone are at work.</summary>
    public bool IsUndisturbed => Items.All(i => i.Deed >= Deed.UpdateJob)
        && UpdateLate == 0 && LaunchDropped == 0 && KillIgnored == 0 && ExecutorCannotStart == 0 && CallLost == 0 && Delayed == 0 && MessageLost == 0;

    /// <summary>Whether any of these deeds is in it.</summary>
    public bool Does(params ReadOnlySpan<Deed> deeds)
    {
        foreach (PlanItem item in Items)
        {
            if (deeds.Contains(item.Deed))
            {
                return true;
            }
        }

        return false;
    }

    public static Plan Of(ulong seed, IReadOnlySet<int>? keep = null)
    {
        Rng rng = new(seed * 7919 + 17);
        _ = rng.Next();
        double Rate(double chance, double most) => rng.Chance(chance) ? rng.Unit() * most : 0;
        TimeSpan length = rng.Span(90, 420);
        DateTimeOffset start = rng.Pick(
            new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2026, 10, 25, 0, 58, 0, TimeSpan.Zero),
            new DateTimeOffset(2027, 3, 28, 0, 57, 30, TimeSpan.Zero),
            new DateTimeOffset(2026, 12, 31, 23, 58, 0, TimeSpan.Zero)) + rng.Span(0, 60);
        bool quick = rng.Chance(0.6);
        var plan = new Plan
        {
            Seed = seed,
            Start = start,
            Length = length,
            Options = CoreOptionsOf(seed, quick),
            Agents = rng.Between(1, 4),
            AgentResources = Resources.Of(rng.Pick(0.5, 1, 2, 8), rng.Pick(256, 512, 4096)),
            Jobs = [.. Enumerable.Range(0, rng.Between(1, 4)).Select(i => Jobs_(rng, i))],
            Items = [],
            UpdateRepeated = Rate(0.3, 0.3),
            UpdateLate = Rate(0.3, 0.3),
            LaunchDropped = Rate(0.2, 0.2),
            TaskFails = Rate(0.4, 0.4),
            KillIgnored = Rate(0.2, 0.6),
            ExecutorCannotStart = Rate(0.15, 0.3),
            CallLost = Rate(0.15, 0.1),
            SlowestStart = rng.Pick(0.2, 2, 15, 60),
            LongestTask = rng.Pick(1, 8, 30, 90),
            Delayed = Rate(0.15, 0.02),
            MessageLost = Rate(0.2, 0.3),
            Competition = Rate(0.2, 0.5),
            SplitsOffers = rng.Chance(0.2),
            Schedulers = rng.Between(1, 3),
            CompactAfter = rng.Pick(20, 100, 500),
            Compresses = rng.Chance(0.02),
        };
        return plan.With(Deeds(rng, length).Where(i => keep is null || keep.Contains(i.Index)).ToArray());
    }

    private static CoreOptions CoreOptionsOf(ulong seed, bool quick)
    {
        Rng rng = Rng.For(seed, "options");
        var options = new CoreOptions
        {
            MostWaitingRuns = rng.Chance(0.1) ? 3 : 1000,
            MostParallelRuns = rng.Chance(0.1) ? 3 : 1000,
        };
        return !quick ? options : options with
        {
            LaunchTimeout = TimeSpan.FromSeconds(20),
            AgentReregistration = TimeSpan.FromSeconds(60),
            ReportPatience = TimeSpan.FromMinutes(3),
            KillEscalation = TimeSpan.FromSeconds(15),
            ReconcileAll = TimeSpan.FromSeconds(90),
            ReconcileLongest = TimeSpan.FromSeconds(40),
            GangPatience = TimeSpan.FromSeconds(10),
            GangHold = TimeSpan.FromSeconds(5),
        };
    }

    private static JobDefinition Jobs_(Rng rng, int index) => Job(rng, $"job{index}", rng.Chance(0.12) ? JobMode.Resident : JobMode.Transient);

    /// <summary>A definition at random; used for new versions, too.</summary>
    public static JobDefinition Job(Rng rng, string name, JobMode mode)
    {
        int shards = rng.Chance(0.03) ? 40 : rng.Pick(1, 1, 2, 3, 4);
        bool interval = rng.Chance(0.3);
        return new JobDefinition
        {
            Name = new JobName(name),
            App = new AppName(rng.Chance(0.8) ? "app0" : "app1"),
            Work = new ClassWork(name),
            Mode = mode,
            Schedule = interval ? [] : [rng.Pick("0/10 * * * * ?", "0/30 * * * * ?", "* * * * *", "0/20 * * * * ?", "5 0/1 * * * ?", "0/15 0-30,55-59 2,3 * * ?", "0 0/2 1-3 * * ?")],
            Every = interval ? TimeSpan.FromSeconds(rng.Pick(7, 13, 30, 45)) : null,
            TimeZone = rng.Pick("UTC", "Europe/Berlin", "America/New_York"),
            ShardCount = shards,
            Resources = shards > 10 ? Resources.Of(0.01, 1) : Resources.Of(0.1, 32),
            Priority = rng.Pick(0, 0, 0, 5, -5),
            Policy = new JobPolicy
            {
                Misfire = rng.Pick(MisfirePolicy.Skip, MisfirePolicy.FireOnce, MisfirePolicy.FireAll),
                CatchUpWindow = TimeSpan.FromSeconds(rng.Pick(2, 30, 60, 3600)),
                Overlap = rng.Pick(OverlapPolicy.Forbid, OverlapPolicy.QueueOne, OverlapPolicy.QueueAll, OverlapPolicy.Replace, OverlapPolicy.Allow),
                Failover = rng.Chance(0.5),
                Retry = rng.Chance(0.4)
                    ? new RetryPolicy { Attempts = rng.Between(2, 4), BackoffMin = rng.Span(0.5, 4), BackoffMax = rng.Span(5, 30) }
                    : new RetryPolicy(),
                Timeout = rng.Chance(0.25) ? rng.Span(5, 60) : null,
                Launch = rng.Chance(0.5) ? LaunchPolicy.AllShards : LaunchPolicy.EachShard,
                UnreachableTimeout = TimeSpan.FromSeconds(rng.Pick(5, 30, 60)),
                KillGrace = TimeSpan.FromSeconds(rng.Pick(1, 5, 30)),
            },
        };
    }

    private static List<PlanItem> Deeds(Rng rng, TimeSpan length)
    {
        var frequent = new List<Deed>();
        foreach (Deed deed in Enum.GetValues<Deed>())
        {
            // Most histories have few kinds of deeds; a kind that is on is done several times.
            double chance = deed is Deed.FrameworkTeardown ? 0.06 : deed is Deed.Reload ? 1 : deed < Deed.UpdateJob ? 0.16 : 0.25;
            if (rng.Chance(chance))
            {
                frequent.Add(deed);
            }
        }

        int count = rng.Between(0, 14);
        var times = new List<(TimeSpan At, Deed Deed, ulong Salt)>();
        for (int i = 0; i < count; i++)
        {
            times.Add((rng.Span(2, length.TotalSeconds), frequent[rng.Below(frequent.Count)], rng.Next()));
        }

        return [.. times.OrderBy(t => t.At).Select((t, i) => new PlanItem(i, t.At, t.Deed, t.Salt))];
    }

    private Plan With(IReadOnlyList<PlanItem> items) => new()
    {
        Seed = Seed,
        Start = Start,
        Length = Length,
        Options = Options,
        Agents = Agents,
        AgentResources = AgentResources,
        Jobs = Jobs,
        Items = items,
        UpdateRepeated = UpdateRepeated,
        UpdateLate = UpdateLate,
        LaunchDropped = LaunchDropped,
        TaskFails = TaskFails,
        KillIgnored = KillIgnored,
        ExecutorCannotStart = ExecutorCannotStart,
        CallLost = CallLost,
        SlowestStart = SlowestStart,
        LongestTask = LongestTask,
        Delayed = Delayed,
        MessageLost = MessageLost,
        Competition = Competition,
        SplitsOffers = SplitsOffers,
        Schedulers = Schedulers,
        CompactAfter = CompactAfter,
        Compresses = Compresses,
    };
}
