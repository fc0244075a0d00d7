using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation;

/// <summary>What became of one history.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Events">How many simulated events it had.</param>
/// <param name="Violations">What was wrong; empty if all was right.</param>
/// <param name="Digest">A number that is equal for equal histories.</param>
/// <param name="Executions">How many times user code ran.</param>
/// <param name="Stored">What the sink holds at the end.</param>
internal sealed record HistoryResult(
    ulong Seed, long Events, IReadOnlyList<string> Violations, int Digest, int Executions, IReadOnlyCollection<Scheduling.Events.SchedulerEvent> Stored)
{
    /// <summary>Which invariant was found broken first.</summary>
    public string? Broken => Violations.Count == 0 ? null : Violations[0].Split(':')[0];
}

/// <summary>
/// One history: a time of faults, a time without, a time in which all that waits must come to its end; then everything is disabled and must come to rest, and it
/// is checked.
/// </summary>
internal static class History
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestFinish = TimeSpan.FromHours(2);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(40);

    public static HistoryResult Run(ulong seed, PlantedBug bug = PlantedBug.None, IReadOnlySet<int>? keep = null, TextWriter? log = null)
    {
        var plan = Plan.Of(seed, keep);
        var world = new SimulatedWorld(plan, bug);
        try
        {
            Live(world, log);
        }
        catch (InvalidOperationException e)
        {
            world.Witness.Fail("I14", e.Message);
        }

        return new HistoryResult(seed, world.Timeline.Events, world.Witness.Violations, Digest(world), world.Witness.Executions.Count, world.Witness.Stored.Values);
    }

    private static void Live(SimulatedWorld world, TextWriter? log)
    {
        Plan plan = world.Plan;
        Begin(world, log);
        world.Timeline.RunUntil(plan.Length, () => world.Witness.Violations.Count > 0);
        bool quiet = false;
        if (world.Witness.Violations.Count == 0)
        {
            Heal(world);
            world.Timeline.RunUntil(plan.Length + Calm, () => false);
            quiet = Finish(world) && Rest(world);
        }

        if (world.Witness.Violations.Count == 0)
        {
            new Checker(world).Check(quiet);
        }
    }

    private static void Begin(SimulatedWorld world, TextWriter? log)
    {
        Plan plan = world.Plan;
        for (int i = 0; i < plan.Agents; i++)
        {
            world.AddAgent($"host{i}");
        }

        for (int i = 0; i < plan.Schedulers; i++)
        {
            world.StartScheduler();
        }

        world.Timeline.After(TimeSpan.FromSeconds(1), () =>
            world.Insist(actor => new Command.Apply(actor, [SimulatedWorld.App("app0"), SimulatedWorld.App("app1")], plan.Jobs)));
        var deeds = new Deeds(world);
        foreach (PlanItem item in plan.Items)
        {
            world.Timeline.After(item.At, () =>
            {
                log?.WriteLine($"  {item}");
                deeds.Do(item);
            });
        }
    }

    private static void Heal(SimulatedWorld world)
    {
        world.FaultsOn = false;
        world.Ensemble.IsDown = false;
        world.Ensemble.Slowness = TimeSpan.Zero;
        world.Ensemble.UnknownAnswers = 0;
        world.Sink.IsDown = false;
        world.Sink.Repeats = 0;
        foreach (SimulatedScheduler scheduler in world.Schedulers.ToArray())
        {
            scheduler.Process.Thaw();
        }

        foreach (Agent agent in world.Agents.ToArray())
        {
            if (agent.IsUp)
            {
                agent.Partitioned = false;
                agent.ProcessUp = true;
                agent.Draining = false;
                world.Master.Register(agent);
            }
            else
            {
                // The operator knows that the machine is off and says so.
                world.Master.MarkGone(agent.Id);
            }
        }
    }

    /// <summary>Nothing more comes in, and nothing is taken away: all that was let in must come to its end by itself.</summary>
    private static bool Finish(SimulatedWorld world)
    {
        foreach (JobDefinition planned in world.Plan.Jobs)
        {
            world.Insist(
                actor => world.Leader?.Core.FindJob(planned.Name)?.Definition is not { } job ? new Command.Note(actor)
                    : job.Mode == JobMode.Resident ? new Command.EnableJob(actor, job.Name, false)
                    : new Command.Apply(actor, [], [job with { Schedule = [], Every = null }]),
                result => result.Status == CommandStatus.Done);
        }

        TimeSpan from = world.Timeline.Now;
        do
        {
            world.Timeline.RunUntil(world.Timeline.Now + TimeSpan.FromSeconds(10), () => false);
        }
        while (world.Witness.Violations.Count == 0 && Unfinished(world) is not null && world.Timeline.Now - from < LongestFinish);

        if (world.Witness.Violations.Count == 0 && Unfinished(world) is { } run)
        {
            world.Witness.Fail("I14", $"run {run} does not come to its end: [{string.Join("; ", Checker.Waits(world))}]");
        }

        return world.Witness.Violations.Count == 0;
    }

    private static string? Unfinished(SimulatedWorld world) => world.Leader is not { IsOpen: true } leader
        ? "of which nobody knows, because nobody leads,"
        : leader.Core.Jobs().Any(j => j.Definition.Enabled && (j.Definition.Every is not null || j.Definition.Schedule.Count > 0)) ? "of a job that is still scheduled"
        : leader.Core.Runs().FirstOrDefault(r => r.State != RunState.Finished)?.Id;

    private static bool Rest(SimulatedWorld world)
    {
        foreach (JobDefinition job in world.Plan.Jobs)
        {
            JobName name = job.Name;
            world.Insist(actor => new Command.EnableJob(actor, name, false));
        }

        TimeSpan from = world.Timeline.Now;
        while (world.Timeline.Now - from < LongestRest)
        {
            world.Timeline.RunUntil(world.Timeline.Now + TimeSpan.FromSeconds(10), () => false);
            if (world.Witness.Violations.Count > 0 || IsQuiet(world))
            {
                break;
            }
        }

        return IsQuiet(world);
    }

    private static bool IsQuiet(SimulatedWorld world) =>
        world.Leader is { IsOpen: true, IsIdle: true } leader
        && leader.Core.Jobs().All(j => !j.Definition.Enabled)
        && leader.Core.Runs().All(r => r.State == RunState.Finished)
        && !leader.Core.Tasks().Any()
        && !leader.Core.Executors().Any()
        && world.Witness.Stored.Count == world.Witness.LastCommitted
        && world.Agents.All(a => a.Executors.Count == 0);

    private static int Digest(SimulatedWorld world)
    {
        int digest = 17;
        foreach (Scheduling.Events.SchedulerEvent happening in world.Witness.Stored.Values)
        {
            foreach (char c in $"{happening.Sequence}{happening.At.UtcTicks}{happening.Kind}{happening.Task}{happening.State}")
            {
                digest = unchecked((digest * 31) + c);
            }
        }

        return digest;
    }
}
