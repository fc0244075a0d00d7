using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Tests.Core;

/// <summary>
/// The core with a small master around it: agents with room, offers when asked for, tasks that run until the test ends them. Time moves only when
/// the test says so. What is durable is kept beside the core, so that <see cref="Restart"/> takes over from exactly that.
/// </summary>
internal sealed class Scenario
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly SortedDictionary<string, byte[]> durable = new(StringComparer.Ordinal);
    private readonly List<(string Id, Resources Room)> agents = [];
    private readonly Dictionary<string, (string Agent, Resources Resources)> held = [];
    private readonly Dictionary<string, (string Agent, TaskLaunch Launch)> tasks = [];
    private readonly Dictionary<string, (string Agent, Resources Resources)> executors = [];
    private readonly CoreOptions options;
    private SchedulingCore core;
    private DateTimeOffset wall = Start;
    private TimeSpan elapsed = TimeSpan.FromSeconds(100);
    private long epoch = 1;
    private long nextOffer;
    private long nextQuestion;
    private bool suppressed = true;
    private bool connected;

    public Scenario(CoreOptions? options = null)
    {
        this.options = options ?? new CoreOptions();
        core = new SchedulingCore(this.options, epoch, []);
        AddAgent("agent1", Resources.Of(8, 8192));
    }

    public DateTimeOffset Now => wall;

    /// <summary>Whether the driver tells what it said about a new executor before the scheduler dies.</summary>
    public bool Describes { get; init; } = true;

    /// <summary>Every task that was ever launched.</summary>
    public IReadOnlyList<TaskLaunch> Launched => [.. Effects.OfType<Effect.Accept>().SelectMany(a => a.Tasks)];

    public SchedulingCore Core => core;

    public List<SchedulerEvent> Events { get; } = [];

    public List<Effect> Effects { get; } = [];

    /// <summary>Launched tasks that have not ended, in order of their launch.</summary>
    public IReadOnlyList<TaskLaunch> Running => [.. tasks.Values.Select(t => t.Launch)];

    public IEnumerable<string> Durable => durable.Keys;

    public IEnumerable<SchedulerEvent> Of(EventKind kind) => Events.Where(e => e.Kind == kind);

    public IEnumerable<Outcome?> Outcomes => Of(EventKind.RunFinished).Select(e => e.Outcome);

    public static AppDefinition App(string name = "app") => new() { Name = new AppName(name), Command = "./App" };

    public static JobDefinition Job(string name = "job", string? cron = null, JobPolicy? policy = null) => new()
    {
        Name = new JobName(name),
        App = new AppName("app"),
        Work = new ClassWork(name),
        Schedule = cron is null ? [] : [cron],
        Policy = policy ?? new JobPolicy(),
    };

    public Scenario AddAgent(string id, Resources room)
    {
        agents.Add((id, room));
        return this;
    }

    public Scenario RemoveAgents()
    {
        agents.Clear();
        return this;
    }

    public Scenario Connect()
    {
        connected = true;
        suppressed = false;
        held.Clear();
        Step(new Input.Connected("framework"));
        OfferRoom();
        return this;
    }

    public Scenario With(params JobDefinition[] jobs)
    {
        Ask(new Command.Apply("test", [App()], jobs)).Status.ShouldBe(CommandStatus.Done);
        return this;
    }

    public CommandResult Ask(Command command)
    {
        long id = ++nextQuestion;
        StepResult result = Step(new Input.Asked(id, command));
        return result.Answers.Single(a => a.Id == id).Result;
    }

    /// <summary>Lets time pass, waking the core whenever it asks for it.</summary>
    public Scenario Advance(TimeSpan span)
    {
        DateTimeOffset until = wall + span;
        while (true)
        {
            TimeSpan? wake = Step().WakeIn;
            TimeSpan left = until - wall;
            if (wake is null || wake > left)
            {
                wall += left;
                elapsed += left;
                Step();
                return this;
            }

            TimeSpan pause = wake.Value > TimeSpan.Zero ? wake.Value : TimeSpan.FromTicks(1);
            wall += pause;
            elapsed += pause;
        }
    }

    /// <summary>Time passes without the core: it is frozen, or nobody leads.</summary>
    public Scenario Pass(TimeSpan span)
    {
        wall += span;
        elapsed += span;
        return this;
    }

    /// <summary>The wall clock is set; nothing else changes.</summary>
    public Scenario SetClock(TimeSpan by)
    {
        wall += by;
        return this;
    }

    /// <summary>The scheduler dies and another takes over from what is durable; the cluster goes on.</summary>
    public Scenario Restart()
    {
        epoch++;
        core = new SchedulingCore(options, epoch, [.. durable.Select(d => new Mutation(d.Key, d.Value))]);
        elapsed = TimeSpan.FromSeconds(5);
        connected = false;
        held.Clear();
        Step();
        return Connect();
    }

    public Scenario Report(TaskLaunch task, TaskState state, TaskReport? report = null, string? reason = null, string? message = null)
    {
        bool terminal = state is TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost or TaskState.Dropped or TaskState.Gone;
        string agent = tasks.TryGetValue(task.Task, out (string Agent, TaskLaunch) known) ? known.Agent : "agent1";
        if (terminal)
        {
            tasks.Remove(task.Task);
        }

        Step(new Input.Status(new TaskUpdate
        {
            Task = task.Task,
            State = state,
            Agent = agent,
            Executor = task.Executor.Id,
            Source = "executor",
            Reason = reason,
            Message = message,
            Report = report,
            Uuid = "AAAA",
        }));
        OfferRoom();
        return this;
    }

    public Scenario Run(TaskLaunch task) => Report(task, TaskState.Running);

    public Scenario Finish(TaskLaunch task) => Report(task, TaskState.Finished);

    public Scenario FinishAll()
    {
        foreach (TaskLaunch task in Running)
        {
            Finish(task);
        }

        return this;
    }

    public Scenario Fail(TaskLaunch task) => Report(
        task,
        TaskState.Failed,
        new TaskReport { Failure = new TaskFailure { Kind = FailureKind.Exception, Message = "boom" } });

    /// <summary>The executor of a task dies, and with it all its tasks.</summary>
    public Scenario KillExecutor(TaskLaunch task)
    {
        string executor = task.Executor.Id;
        executors.Remove(executor);
        Step(new Input.ExecutorLost(executor, "agent1", 9));
        foreach (TaskLaunch victim in Running.Where(t => t.Executor.Id == executor).ToArray())
        {
            Report(victim, TaskState.Failed, reason: "REASON_EXECUTOR_TERMINATED", message: "Executor terminated");
        }

        return this;
    }

    /// <summary>The master offers this, asked or not.</summary>
    public Scenario Offer(string agent, Resources resources, params string[] executors)
    {
        string offer = $"offer{++nextOffer}";
        held.Add(offer, (agent, resources));
        Step(new Input.Offers([new Offer { Id = offer, Agent = agent, Hostname = agent, Resources = resources, Executors = executors }]));
        return this;
    }

    /// <summary>An offer for the test to hand in.</summary>
    public Offer Hold(string id, string agent, Resources resources)
    {
        held.Add(id, (agent, resources));
        return new Offer { Id = id, Agent = agent, Hostname = agent, Resources = resources };
    }

    public StepResult Step(params Input[] inputs)
    {
        StepResult result = core.Step(inputs, new Moment(wall, elapsed));
        foreach (Mutation mutation in result.Mutations)
        {
            if (mutation.Value is null)
            {
                durable.Remove(mutation.Key);
            }
            else
            {
                durable[mutation.Key] = mutation.Value;
            }
        }

        Events.AddRange(result.Events);
        foreach (Effect effect in result.Effects)
        {
            Effects.Add(effect);
            Carry(effect);
        }

        return result;
    }

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case Effect.Accept accept:
                foreach (string offer in accept.Offers)
                {
                    held.Remove(offer).ShouldBeTrue("an offer is used that is not held");
                }

                foreach (TaskLaunch launch in accept.Tasks)
                {
                    tasks.Add(launch.Task, (accept.Agent, launch));
                    if (executors.TryAdd(launch.Executor.Id, (accept.Agent, launch.Executor.App.Resources)) && Describes)
                    {
                        Step(new Input.ExecutorDescribed(launch.Executor.Id, $"told {launch.Executor.Id}"));
                    }
                }

                foreach ((string id, Resources room) in agents)
                {
                    Used(id).FitsIn(room).ShouldBeTrue("more is used than was offered");
                }

                break;
            case Effect.Decline decline:
                foreach (string offer in decline.Offers)
                {
                    held.Remove(offer).ShouldBeTrue("an offer is declined that is not held");
                }

                break;
            case Effect.Suppress:
                suppressed = true;
                break;
            case Effect.Revive:
                suppressed = false;
                OfferRoom();
                break;
            case Effect.Shutdown shutdown:
                executors.Remove(shutdown.Executor);
                break;
            default:
                break;
        }
    }

    private void OfferRoom()
    {
        if (suppressed || !connected)
        {
            return;
        }

        var offers = new List<Offer>();
        foreach ((string id, Resources room) in agents)
        {
            Resources free = room - Used(id) - held.Values.Where(h => h.Agent == id).Aggregate(Resources.None, (s, h) => s + h.Resources);
            if (free.MilliCpus > 0 && free.MilliMemory > 0)
            {
                string offer = $"offer{++nextOffer}";
                held.Add(offer, (id, free));
                offers.Add(new Offer
                {
                    Id = offer,
                    Agent = id,
                    Hostname = id,
                    Resources = free,
                    Attributes = new Dictionary<string, string> { ["rack"] = id[..1] + id[^1] },
                    Executors = [.. executors.Where(e => e.Value.Agent == id).Select(e => e.Key)],
                });
            }
        }

        if (offers.Count > 0)
        {
            Step(new Input.Offers(offers));
        }
    }

    private Resources Used(string agent)
    {
        Resources used = Resources.None;
        foreach ((string on, Resources resources) in executors.Values)
        {
            used += on == agent ? resources : Resources.None;
        }

        foreach ((string on, TaskLaunch launch) in tasks.Values)
        {
            used += on == agent ? launch.Resources : Resources.None;
        }

        return used;
    }
}
