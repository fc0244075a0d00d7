using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Simulation.Checking;
using ElasticJob.Simulation.Cluster;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;
using ElasticJob.Simulation.Time;

namespace ElasticJob.Simulation;

/// <summary>Everything there is in one history: the cluster, the schedulers, the store, the sink, the operators and the clock.</summary>
internal sealed class SimulatedWorld
{
    private readonly Dictionary<string, TimeSpan> disabledSince = [];
    private readonly Dictionary<string, TimeSpan> enabledAsked = [];
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
        Store = new SimulatedStore(this);
        Sink = new SimulatedSink(Witness);
        Leader = new SimulatedScheduler(this, 0);
    }

    public Plan Plan { get; }

    public PlantedBug Bug { get; }

    public Timeline Timeline { get; } = new();

    public Rng Chaos { get; }

    public Planted Planted { get; }

    public Witness Witness { get; } = new();

    public Master Master { get; }

    public SimulatedStore Store { get; }

    public SimulatedSink Sink { get; }

    public List<Agent> Agents { get; } = [];

    public SimulatedScheduler Leader { get; private set; }

    public List<SimulatedScheduler> Zombies { get; } = [];

    public bool FaultsOn { get; set; } = true;

    public TimeSpan ClockOffset { get; set; }

    public DateTimeOffset TrueTime => Plan.Start + Timeline.Now;

    public DateTimeOffset Wall => TrueTime + ClockOffset;

    public TimeSpan Latency() => TimeSpan.FromTicks(2_000 + (long)(Chaos.Next() % 48_000));

    public void AddAgent(string hostname)
    {
        var agent = new Agent(this, $"agent{++nextAgent}", hostname);
        Agents.Add(agent);
        Timeline.After(Latency(), () => Master.Register(agent));
    }

    public void StartLeader()
    {
        Leader = new SimulatedScheduler(this, (int)++nextScheduler);
        Leader.Start();
    }

    public void SchedulerEnded(SimulatedScheduler ended)
    {
        if (ended == Leader)
        {
            Timeline.After(FaultsOn ? Chaos.Span(0.05, Chaos.Pick(1, 20)) : TimeSpan.FromSeconds(1), StartLeader);
        }
    }

    /// <summary>A scheduler stops for a while; after its session's end another one takes its place, and it wakes up without knowing.</summary>
    public void FreezeLeader(TimeSpan span)
    {
        SimulatedScheduler frozen = Leader;
        if (!frozen.IsOpen || frozen.IsFrozen)
        {
            return;
        }

        frozen.Freeze();
        var session = TimeSpan.FromSeconds(5);
        if (span > session)
        {
            Zombies.Add(frozen);
            Timeline.After(session, () =>
            {
                if (Leader == frozen && frozen.IsFrozen)
                {
                    StartLeader();
                }
            });
        }

        Timeline.After(span, frozen.Thaw);
    }

    public void LinkDied(Link dead) => Master.Drop(dead);

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

    public void Committed(SchedulerCommit commit)
    {
        Witness.Committed(commit.Step.Events, Timeline.Now, commit.Wall);
        foreach (SchedulerEvent happening in commit.Step.Events)
        {
            if (happening.Kind is EventKind.RunCreated or EventKind.RunStarted && disabledSince.TryGetValue(happening.Job!, out TimeSpan since))
            {
                Witness.Fail("I13", $"run {happening.Run} of {happening.Job}: {happening.Kind} at {Timeline.Now.TotalSeconds:0.000} s, and a disable was answered at {since.TotalSeconds:0.000} s");
            }
        }
    }

    // --- operators ------------------------------------------------------------------------------------------------------

    public Asking Ask(Func<string, Command> command)
    {
        Command made = command($"op{++nextCommand}");
        var asking = new Asking { Command = made, AskedAt = Timeline.Now };
        Witness.Askings.Add(made.Actor, asking);
        IEnumerable<string> enabled = made switch
        {
            Command.EnableJob { Enabled: true } enable => [enable.Job.Value],
            Command.Apply apply => apply.Jobs.Select(j => j.Name.Value),
            _ => [],
        };
        foreach (string job in enabled)
        {
            disabledSince.Remove(job);
            enabledAsked[job] = Timeline.Now;
        }

        Leader.Ask(asking);
        return asking;
    }

    public void Answered(Asking asking, CommandResult result)
    {
        asking.AnsweredAt = Timeline.Now;
        asking.Result = result;
        if (asking.Command is Command.EnableJob { Enabled: false } disable
            && result.Status == CommandStatus.Done
            && (!enabledAsked.TryGetValue(disable.Job.Value, out TimeSpan enabled) || enabled < asking.AskedAt))
        {
            disabledSince[disable.Job.Value] = Timeline.Now;
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
