using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;
using ElasticJob.Simulation.Time;
using ElasticJob.Simulation.ZooKeeper;

namespace ElasticJob.Simulation;

/// <summary>Everything there is in one history: the cluster, the schedulers, the store, the sink, the operators and the clock.</summary>
internal sealed class SimulatedWorld
{
    private readonly Dictionary<string, TimeSpan> disabledSince = [];
    private readonly Dictionary<string, TimeSpan> enabledAsked = [];
    private readonly Dictionary<string, TimeSpan> killedSince = [];
    private readonly HashSet<string> executors = [];
    private readonly HashSet<string> removedExecutors = [];
    private long nextAgent;
    private long nextScheduler;
    private long nextCommand;

    public SimulatedWorld(Plan plan, PlantedBug bug)
    {
        Plan = plan;
        Bug = bug;
        Chaos = Rng.For(plan.Seed, "chaos");
        Planted = new Planted(this);
        Master = new Master(this);
        Ensemble = new Ensemble(this);
        Sink = new SimulatedSink(Witness);
    }

    public Plan Plan { get; }

    public PlantedBug Bug { get; }

    public Timeline Timeline { get; } = new();

    public Rng Chaos { get; }

    public Planted Planted { get; }

    public Witness Witness { get; } = new();

    public Master Master { get; }

    public Ensemble Ensemble { get; }

    /// <summary>What the state store must hold.</summary>
    public DurableRecords Records { get; } = new();

    public SimulatedSink Sink { get; }

    public List<Agent> Agents { get; } = [];

    /// <summary>The processes that are there: one leads, or should, and the others wait.</summary>
    public List<SimulatedScheduler> Schedulers { get; } = [];

    /// <summary>Who opened the store last, as far as people know; null before anybody did.</summary>
    public SimulatedScheduler? Leader => Schedulers.Where(s => s.IsOpen).MaxBy(s => s.Epoch);

    public long NewestEpoch { get; private set; }

    public bool FaultsOn { get; set; } = true;

    public TimeSpan ClockOffset { get; set; }

    public DateTimeOffset TrueTime => Plan.Start + Timeline.Now;

    public DateTimeOffset Wall => TrueTime + ClockOffset;

    /// <summary>How long a message takes: a few milliseconds, and on some networks now and then seconds.</summary>
    public TimeSpan Latency() =>
        FaultsOn && Chaos.Chance(Plan.Delayed) ? Chaos.Span(0.2, 3) : TimeSpan.FromTicks(2_000 + (long)(Chaos.Next() % 48_000));

    public void AddAgent(string hostname)
    {
        var agent = new Agent(this, $"agent{++nextAgent}", hostname);
        Agents.Add(agent);
        Timeline.After(Latency(), () => Master.Register(agent));
    }

    public void StartScheduler()
    {
        var scheduler = new SimulatedScheduler(this, (int)++nextScheduler);
        Schedulers.Add(scheduler);
        scheduler.Start();
    }

    /// <summary>A process ended; whoever looks after the service starts it again.</summary>
    public void SchedulerEnded(SimulatedScheduler ended)
    {
        if (Schedulers.Remove(ended))
        {
            Timeline.After(FaultsOn ? Chaos.Span(0.05, Chaos.Pick(1, 20)) : TimeSpan.FromSeconds(1), StartScheduler);
        }
    }

    /// <summary>The leader stops for a while. If that is longer than its session, another one leads when it wakes up, and it does not know.</summary>
    public void FreezeLeader(TimeSpan span)
    {
        if (Leader is { IsFrozen: false } frozen)
        {
            frozen.Process.Freeze();
            Timeline.After(span, frozen.Process.Thaw);
        }
    }

    /// <summary>I10: what was loaded is all that became durable, and nothing else.</summary>
    public void Opened(ProcessStore store, IReadOnlyList<Mutation> loaded)
    {
        if (store.Epoch <= NewestEpoch)
        {
            // Another one opened while the answer was on its way; this one can do nothing.
            return;
        }

        NewestEpoch = store.Epoch;
        if (Records.DifferenceTo(loaded) is { } key)
        {
            Witness.Fail("I10", $"epoch {store.Epoch} loaded something else for '{key}' than was committed");
        }
    }

    /// <summary>I3: whoever acts has proven by a commit that it leads, within the time of a session.</summary>
    public void Acts(ProcessStore store)
    {
        if (store.Epoch < NewestEpoch && Timeline.Now - store.ProvenAt >= store.ProofHolds)
        {
            Witness.Fail("I3", $"epoch {store.Epoch} acts at {Timeline.Now.TotalSeconds:0.000} s on a proof of {store.ProvenAt.TotalSeconds:0.000} s, and epoch {NewestEpoch} leads");
        }
    }

    public void LaunchArrived(TaskLaunch launch)
    {
        executors.Add(launch.Executor.Id);
        Witness.Launches.Add((Timeline.Now, launch));
        if (!Witness.CommittedLaunches.Contains(launch.Task))
        {
            Witness.Fail("I1", $"task {launch.Task} was launched and its intent is not durable");
        }
    }

    public void Acknowledged(Effect.Acknowledge acknowledge)
    {
        foreach (Agent agent in Agents)
        {
            if (agent.Id == acknowledge.Agent
                && agent.Tasks.TryGetValue(acknowledge.Task, out AgentTask? task)
                && task.Updates.TryPeek(out TaskUpdate? head)
                && head.Uuid == acknowledge.Uuid
                && Master.IsEnded(head.State)
                && !Witness.CommittedEnds.Contains(acknowledge.Task))
            {
                Witness.Fail("I8", $"the end of task {acknowledge.Task} was acknowledged and is not durable");
            }
        }
    }

    public void TearDownFramework()
    {
        removedExecutors.UnionWith(executors);
        Master.TearDownFramework();
    }

    public bool IsOfRemovedFramework(string executor) => removedExecutors.Contains(executor);

    /// <summary>A batch became durable.</summary>
    public void Committed(ProcessStore store, IReadOnlyList<Mutation> mutations, IReadOnlyList<SchedulerEvent> events, DateTimeOffset wall)
    {
        if (store.Epoch < NewestEpoch)
        {
            Witness.Fail("I3", $"epoch {store.Epoch} wrote while epoch {NewestEpoch} leads");
        }

        Records.Apply(mutations);
        Witness.Committed(events, Timeline.Now, wall);
        foreach (SchedulerEvent happening in events)
        {
            if (happening.Kind is EventKind.RunCreated or EventKind.RunStarted
                && (disabledSince.TryGetValue($"job/{happening.Job}", out TimeSpan since) || disabledSince.TryGetValue($"app/{happening.App}", out since)))
            {
                Witness.Fail("I13", $"run {happening.Run} of {happening.Job}: {happening.Kind} at {Timeline.Now.TotalSeconds:0.000} s, and a disable was answered at {since.TotalSeconds:0.000} s");
            }

            if (happening.Kind == EventKind.TaskLaunched && happening.Trigger != Trigger.Resident && killedSince.TryGetValue(happening.Run!, out TimeSpan killed))
            {
                Witness.Fail("I13", $"task {happening.Task} was launched at {Timeline.Now.TotalSeconds:0.000} s, and the kill of its run was answered at {killed.TotalSeconds:0.000} s");
            }
        }
    }

    // --- operators ------------------------------------------------------------------------------------------------------

    public Asking Ask(Func<string, Command> command)
    {
        Command made = command($"op{++nextCommand}");
        var asking = new Asking { Command = made, AskedAt = Timeline.Now };
        Witness.Askings.Add(made.Actor.Name, asking);
        IEnumerable<string> enabled = made switch
        {
            Command.EnableJob { Enabled: true } enable => [$"job/{enable.Job}"],
            Command.EnableApp { Enabled: true } enable => [$"app/{enable.App}"],
            Command.RemoveApp remove => [$"app/{remove.App}"],
            Command.Apply apply => [.. apply.Jobs.Select(j => $"job/{j.Name}"), .. apply.Apps.Select(a => $"app/{a.Name}")],
            _ => [],
        };
        foreach (string one in enabled)
        {
            disabledSince.Remove(one);
            enabledAsked[one] = Timeline.Now;
        }

        Leader?.Ask(asking);
        return asking;
    }

    public void Answered(Asking asking, CommandResult result)
    {
        asking.AnsweredAt = Timeline.Now;
        asking.Result = result;
        string? disabled = asking.Command switch
        {
            Command.EnableJob { Enabled: false } disable => $"job/{disable.Job}",
            Command.EnableApp { Enabled: false } disable => $"app/{disable.App}",
            _ => null,
        };
        if (result.Status != CommandStatus.Done)
        {
            return;
        }

        if (disabled is not null && (!enabledAsked.TryGetValue(disabled, out TimeSpan enabled) || enabled < asking.AskedAt))
        {
            disabledSince[disabled] = Timeline.Now;
        }

        if (asking.Command is Command.KillRun { Shard: null } kill)
        {
            killedSince[kill.Run] = Timeline.Now;
        }
    }

    /// <summary>Asks again until the answer is there.</summary>
    public void Insist(Func<string, Command> command, Func<CommandResult, bool>? isGood = null)
    {
        Asking asking = Ask(command);
        Timeline.After(TimeSpan.FromSeconds(2), () =>
        {
            if (asking.Result is not { } result || (isGood is not null && !isGood(result)))
            {
                Insist(command, isGood);
            }
        });
    }

    public static AppDefinition App(string name, string command = "./App") => new()
    {
        Name = new AppName(name),
        Command = command,
        IdleTimeout = TimeSpan.FromSeconds(name == "app0" ? 20 : 60),
    };
}
