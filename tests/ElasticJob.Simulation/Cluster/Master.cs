using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation.Cluster;

/// <summary>The master of the cluster, as mesos-v1 describes it; a failover empties what it only knew from agents.</summary>
internal sealed partial class Master(SimulatedWorld world)
{
    private static readonly TimeSpan Unreachable = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, (string Agent, Resources Resources)> offers = [];
    private readonly HashSet<string> removedFrameworks = [];

    /// <summary>Executors that were ever counted here, by agent: also those whose launch never reached it, and which went with its next registration.</summary>
    private readonly HashSet<(string Agent, string Executor)> counted = [];

    private readonly HashSet<string> goneAgents = [];
    private readonly HashSet<string> unreachableAgents = [];
    private readonly Dictionary<string, Registration> registrations = [];
    private string? framework;
    private Link? link;
    private bool suppressed;
    private bool offering;
    private bool down;
    private int generation;
    private long nextOffer;
    private long nextFramework;
    private TimeSpan recoveredAt;

    public IReadOnlyDictionary<string, Registration> Registrations => registrations;

    public static bool IsEnded(TaskState state) => state is TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost
        or TaskState.Dropped or TaskState.Gone or TaskState.GoneByOperator;

    public void Register(Agent agent)
    {
        if (down || !agent.CanTalk || goneAgents.Contains(agent.Id))
        {
            return;
        }

        bool known = registrations.TryGetValue(agent.Id, out Registration? registration);
        if (!known)
        {
            registration = new Registration(agent);
            registrations.Add(agent.Id, registration);
        }

        unreachableAgents.Remove(agent.Id);
        bool cameBack = registration!.IsUnreachable;
        registration.IsUnreachable = false;
        foreach ((string task, (TaskState state, _, string executor)) in registration.Tasks.ToArray())
        {
            if (!agent.Tasks.ContainsKey(task))
            {
                // Launched here, and never arrived or lost with the process. Of one that was unreachable nothing is said until somebody asks.
                registration.Tasks.Remove(task);
                if (!IsEnded(state) && !cameBack)
                {
                    Tell(task, agent.Id, executor, TaskState.Dropped, "REASON_AGENT_REREGISTERED");
                }
            }
        }

        registration.Executors.Clear();
        foreach (AgentExecutor executor in agent.Executors.Values)
        {
            registration.Executors[executor.Spec.Id] = executor.Spec.App.Resources;
        }

        foreach (AgentTask task in agent.Tasks.Values)
        {
            registration.Tasks[task.Launch.Task] = (task.State, task.Launch.Resources, task.Executor.Spec.Id);
            if (cameBack)
            {
                // How it is by now, without what its executor said: that comes with the update itself.
                Tell(task.Launch.Task, agent.Id, task.Executor.Spec.Id, task.State, "REASON_AGENT_REREGISTERED");
            }
        }

        agent.ResendAll();
        OfferSoon();
    }

    /// <summary>An agent has gone silent: after a while it is unreachable.</summary>
    public void Watch(Agent agent) => world.Timeline.After(Unreachable, () =>
    {
        if (!agent.CanTalk && registrations.TryGetValue(agent.Id, out Registration? registration) && registration.IsActive)
        {
            MarkUnreachable(registration);
        }
    });

    public void MarkGone(string agent)
    {
        goneAgents.Add(agent);
        if (registrations.TryGetValue(agent, out Registration? registration) && !registration.IsGone)
        {
            registration.IsGone = true;
            RescindAll(agent);
            foreach ((string task, (_, _, string executor)) in registration.Tasks)
            {
                Tell(task, agent, executor, TaskState.GoneByOperator, "REASON_AGENT_REMOVED_BY_OPERATOR");
            }

            registration.Tasks.Clear();
            registration.Executors.Clear();
        }
    }

    public void Failover()
    {
        generation++;
        int mine = generation;
        down = true;
        CutLink("the master is gone");
        registrations.Clear();
        offers.Clear();
        suppressed = false;
        world.Timeline.After(world.Chaos.Span(0.2, 10), () =>
        {
            if (mine != generation)
            {
                return;
            }

            down = false;
            recoveredAt = world.Timeline.Now + TimeSpan.FromSeconds(40);
            foreach (Agent agent in world.Agents.ToArray())
            {
                Reregister(agent, mine);
            }

            world.Timeline.After(TimeSpan.FromSeconds(40), () =>
            {
                if (mine == generation)
                {
                    foreach (Agent agent in world.Agents)
                    {
                        if (!registrations.ContainsKey(agent.Id) && !goneAgents.Contains(agent.Id))
                        {
                            unreachableAgents.Add(agent.Id);
                        }
                    }
                }
            });
        });
    }

    public void CutLink(string reason)
    {
        if (link is { } old)
        {
            link = null;
            old.IsOpen = false;
            Free();
            world.Timeline.After(world.Latency(), () => old.Driver.Broken(old, reason));
        }
    }

    /// <summary>The connection is half-open from now on; the scheduler misses its heartbeats after a while.</summary>
    public void FallSilent(TimeSpan until)
    {
        if (link is { } silent)
        {
            silent.IsSilent = true;
            world.Timeline.After(until, () => silent.Driver.Broken(silent, "no heartbeats"));
        }
    }

    /// <summary>A scheduler died and its connection with it.</summary>
    public void Drop(Link dead)
    {
        dead.IsOpen = false;
        if (link == dead)
        {
            link = null;
            Free();
        }
    }

    public void TearDownFramework()
    {
        if (framework is null)
        {
            return;
        }

        removedFrameworks.Add(framework);
        framework = null;
        foreach (Registration registration in registrations.Values)
        {
            registration.Tasks.Clear();
            registration.Executors.Clear();
        }

        foreach (Agent agent in world.Agents)
        {
            world.Timeline.After(world.Chaos.Span(0.01, 3), () => WipeWhenHeard(agent));
        }

        if (link is { } old)
        {
            link = null;
            old.IsOpen = false;
            Free();
            world.Timeline.After(world.Latency(), () => old.Driver.Removed(old, "Framework has been removed"));
        }
    }

    public void Subscribe(Link asking, string? id)
    {
        if (down)
        {
            asking.Driver.Broken(asking, "no master leads");
            return;
        }

        if (id is not null && removedFrameworks.Contains(id))
        {
            asking.Driver.Removed(asking, "Framework has been removed");
            return;
        }

        if (link is { } old && old != asking)
        {
            old.IsOpen = false;
            if (old.Driver != asking.Driver && !old.IsSilent)
            {
                // Over a half-open connection the old one hears of it late.
                TimeSpan delay = world.FaultsOn && world.Chaos.Chance(0.3) ? world.Chaos.Span(1, 20) : world.Latency();
                world.Timeline.After(delay, () => old.Driver.FencedByMaster(old));
            }
        }

        Free();
        framework = id ?? $"framework{++nextFramework}";
        link = asking;
        asking.IsOpen = true;
        suppressed = false;
        foreach (Registration registration in registrations.Values)
        {
            registration.RefusedUntil = TimeSpan.Zero;
        }

        Say(new Input.Connected(framework));
        OfferSoon();
    }

    public void UpdateFrom(Agent agent, TaskUpdate update, TaskState latest)
    {
        if (down || !registrations.TryGetValue(agent.Id, out Registration? registration) || !registration.IsActive)
        {
            return;
        }

        if (registration.Tasks.TryGetValue(update.Task, out (TaskState State, Resources Resources, string Executor) known) && !IsEnded(known.State))
        {
            registration.Tasks[update.Task] = known with { State = latest };
        }

        Say(new Input.Status(update), repeatable: true);
        if (IsEnded(update.State))
        {
            OfferSoon();
        }
    }

    public void ExecutorEnded(Agent agent, string executor, int status)
    {
        if (!down && registrations.TryGetValue(agent.Id, out Registration? registration))
        {
            registration.Executors.Remove(executor);
            Say(new Input.ExecutorLost(executor, agent.Id, status));
            OfferSoon();
        }
    }

    private void WipeWhenHeard(Agent agent)
    {
        if (!agent.IsUp)
        {
            return;
        }

        if (!agent.CanTalk)
        {
            world.Timeline.After(TimeSpan.FromSeconds(2), () => WipeWhenHeard(agent));
            return;
        }

        foreach (string executor in agent.Executors.Keys.Where(e => world.IsOfRemovedFramework(e)).ToArray())
        {
            agent.EndExecutor(executor, "REASON_FRAMEWORK_REMOVED", asked: true);
        }

        foreach ((string task, AgentTask of) in agent.Tasks.ToArray())
        {
            if (world.IsOfRemovedFramework(of.Executor.Spec.Id))
            {
                agent.Tasks.Remove(task);
            }
        }
    }

    private void Reregister(Agent agent, int mine) => world.Timeline.After(world.Chaos.Span(0.05, 25), () =>
    {
        if (mine == generation)
        {
            if (agent.CanTalk)
            {
                Register(agent);
            }
            else if (agent.IsUp)
            {
                Reregister(agent, mine);
            }
        }
    });

    private void MarkUnreachable(Registration registration)
    {
        registration.IsUnreachable = true;
        RescindAll(registration.Agent.Id);
        foreach ((string task, (_, _, string executor)) in registration.Tasks)
        {
            Tell(task, registration.Agent.Id, executor, TaskState.Unreachable, "REASON_AGENT_REMOVED");
        }

        Say(new Input.AgentLost(registration.Agent.Id));
    }

    private void Tell(string task, string agent, string? executor, TaskState state, string reason) =>
        Say(
            new Input.Status(new TaskUpdate { Task = task, State = state, Agent = agent, Executor = executor, Source = "master", Reason = reason }),
            repeatable: true);

    private void Say(Input input, bool repeatable = false)
    {
        if (link is not { IsSilent: false } to)
        {
            return;
        }

        TimeSpan delay = world.Latency();
        TimeSpan arrival = world.Timeline.Now + delay;
        if (arrival < to.LastArrival)
        {
            delay = to.LastArrival - world.Timeline.Now;
        }

        to.LastArrival = world.Timeline.Now + delay;
        world.Timeline.After(delay, () => to.Driver.Hear(to, input));
        if (repeatable && world.FaultsOn && world.Chaos.Chance(world.Plan.UpdateRepeated))
        {
            world.Timeline.After(delay + world.Chaos.Span(0, world.Chaos.Chance(world.Plan.UpdateLate) ? 30 : 0.2), () => to.Driver.Hear(to, input));
        }
    }
}
