using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Simulation.Planning;
using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation.Cluster;

/// <summary>A subscription of a scheduler. Calls on one that is over are refused.</summary>
internal sealed class Link(SimulatedScheduler scheduler)
{
    public SimulatedScheduler Scheduler { get; } = scheduler;

    public bool IsOpen { get; set; }

    /// <summary>Before this time nothing more arrives, so that one connection keeps its order.</summary>
    public TimeSpan LastArrival { get; set; }
}

/// <summary>What the master believes of an agent.</summary>
internal sealed class Registration(Agent agent)
{
    public Agent Agent { get; } = agent;

    public bool IsUnreachable { get; set; }

    public bool IsGone { get; set; }

    public Dictionary<string, (TaskState State, Resources Resources, string Executor)> Tasks { get; } = [];

    public Dictionary<string, Resources> Executors { get; } = [];

    public TimeSpan RefusedUntil { get; set; }

    public bool IsActive => !IsUnreachable && !IsGone;

    public Resources Used()
    {
        Resources used = Resources.None;
        foreach (Resources executor in Executors.Values)
        {
            used += executor;
        }

        foreach ((TaskState State, Resources Resources, string) task in Tasks.Values)
        {
            used += Master.IsEnded(task.State) ? Resources.None : task.Resources;
        }

        return used;
    }
}

/// <summary>The master of the cluster, as mesos-v1 describes it; a failover empties what it only knew from agents.</summary>
internal sealed class Master(SimulatedWorld world)
{
    private static readonly TimeSpan Unreachable = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, (string Agent, Resources Resources)> offers = [];
    private readonly HashSet<string> removedFrameworks = [];
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
                // Launched here, and never arrived or lost with the process.
                registration.Tasks.Remove(task);
                if (!IsEnded(state))
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
            TaskState state = task.Updates.TryPeek(out TaskUpdate? head) && IsEnded(task.State) ? head.State : task.State;
            registration.Tasks[task.Launch.Task] = (task.State, task.Launch.Resources, task.Executor.Spec.Id);
            if (cameBack && !IsEnded(state))
            {
                Tell(task.Launch.Task, agent.Id, task.Executor.Spec.Id, state, "REASON_AGENT_REREGISTERED");
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
            foreach ((string task, (TaskState state, _, string executor)) in registration.Tasks.ToArray())
            {
                if (!IsEnded(state))
                {
                    Tell(task, agent, executor, TaskState.GoneByOperator, "REASON_AGENT_REMOVED_BY_OPERATOR");
                }
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
            world.Timeline.After(world.Latency(), () => old.Scheduler.Broken(old, reason));
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
            world.Timeline.After(world.Latency(), () => old.Scheduler.Removed(old, "Framework has been removed"));
        }
    }

    public void Subscribe(Link asking, string? id)
    {
        if (down)
        {
            asking.Scheduler.Broken(asking, "no master leads");
            return;
        }

        if (id is not null && removedFrameworks.Contains(id))
        {
            asking.Scheduler.Removed(asking, "Framework has been removed");
            return;
        }

        if (link is { } old && old != asking)
        {
            old.IsOpen = false;
            if (old.Scheduler != asking.Scheduler)
            {
                world.Timeline.After(world.Latency(), () => old.Scheduler.FencedByMaster(old));
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

    public void Call(Link from, Effect effect)
    {
        if (down || from != link || !from.IsOpen)
        {
            from.Scheduler.CallRefused(effect);
            return;
        }

        switch (effect)
        {
            case Effect.Accept accept:
                Accept(accept);
                break;
            case Effect.Decline decline:
                foreach (string offer in decline.Offers)
                {
                    if (offers.Remove(offer, out (string Agent, Resources) given) && registrations.TryGetValue(given.Agent, out Registration? declined))
                    {
                        declined.RefusedUntil = world.Timeline.Now + decline.Refuse;
                    }
                }

                break;
            case Effect.Suppress:
                suppressed = true;
                break;
            case Effect.Revive:
                suppressed = false;
                foreach (Registration registration in registrations.Values)
                {
                    registration.RefusedUntil = TimeSpan.Zero;
                }

                OfferSoon();
                break;
            case Effect.Kill kill:
                Kill(kill);
                break;
            case Effect.Shutdown shutdown:
                ToAgent(shutdown.Agent, agent => agent.EndExecutor(shutdown.Executor, "REASON_EXECUTOR_TERMINATED", asked: true));
                break;
            case Effect.Acknowledge acknowledge:
                world.Acknowledged(acknowledge);
                ToAgent(acknowledge.Agent, agent => agent.Acknowledge(acknowledge.Task, acknowledge.Uuid));
                if (registrations.TryGetValue(acknowledge.Agent, out Registration? on) && on.Tasks.TryGetValue(acknowledge.Task, out (TaskState State, Resources, string) known) && IsEnded(known.State))
                {
                    on.Tasks.Remove(acknowledge.Task);
                }

                break;
            case Effect.Reconcile reconcile:
                Reconcile(reconcile);
                break;
            default:
                break;
        }
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

    public void RescindAll(string? agent)
    {
        foreach ((string offer, (string on, _)) in offers.ToArray())
        {
            if (agent is null || on == agent)
            {
                offers.Remove(offer);
                Say(new Input.OfferRescinded(offer));
            }
        }

        OfferSoon();
    }

    public void Drain(Agent agent)
    {
        agent.Draining = true;
        Say(new Input.InverseOffers([("inverse" + agent.Id, agent.Id)]));
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

        foreach ((string task, AgentTask ended) in agent.Tasks.ToArray())
        {
            if (ended.IsEnded)
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
        foreach ((string task, (TaskState state, _, string executor)) in registration.Tasks)
        {
            if (!IsEnded(state))
            {
                Tell(task, registration.Agent.Id, executor, TaskState.Unreachable, "REASON_AGENT_REMOVED");
            }
        }

        Say(new Input.AgentLost(registration.Agent.Id));
    }

    private void Accept(Effect.Accept accept)
    {
        Resources available = Resources.None;
        bool valid = accept.Offers.Count > 0;
        foreach (string offer in accept.Offers)
        {
            if (offers.Remove(offer, out (string Agent, Resources Resources) given) && given.Agent == accept.Agent)
            {
                available += given.Resources;
            }
            else
            {
                valid = false;
            }
        }

        registrations.TryGetValue(accept.Agent, out Registration? registration);
        valid &= registration is { IsActive: true };
        foreach (TaskLaunch launch in accept.Tasks)
        {
            world.LaunchArrived(launch);
            if (!valid)
            {
                Tell(launch.Task, accept.Agent, launch.Executor.Id, TaskState.Dropped, "REASON_INVALID_OFFERS");
                continue;
            }

            Resources needs = launch.Resources + (registration!.Executors.ContainsKey(launch.Executor.Id) ? Resources.None : launch.Executor.App.Resources);
            if (!needs.FitsIn(available))
            {
                world.Witness.Fail("I11", $"task {launch.Task} needs {needs} of the {available} left of the offers of {accept.Agent} (executor {launch.Executor.Id} {(registration.Executors.ContainsKey(launch.Executor.Id) ? "is there" : "is new there")})");
                Tell(launch.Task, accept.Agent, launch.Executor.Id, TaskState.Error, "REASON_TASK_INVALID");
                continue;
            }

            available -= needs;
            registration.Executors[launch.Executor.Id] = launch.Executor.App.Resources;
            registration.Tasks[launch.Task] = (TaskState.Staging, launch.Resources, launch.Executor.Id);
            Agent agent = registration.Agent;
            if (world.FaultsOn && world.Chaos.Chance(world.Plan.LaunchDropped))
            {
                // The connection to the agent broke under the message: the agent registers again and the master sees what is missing.
                world.Timeline.After(world.Chaos.Span(0.5, 20), () => Register(agent));
            }
            else
            {
                world.Timeline.After(world.Latency(), () => Deliver(agent, launch));
            }
        }

        if (registration is not null)
        {
            registration.RefusedUntil = world.Timeline.Now + accept.RefuseRest;
        }
    }

    private void Deliver(Agent agent, TaskLaunch launch)
    {
        if (agent.CanTalk && registrations.TryGetValue(agent.Id, out Registration? registration) && registration.Tasks.ContainsKey(launch.Task))
        {
            agent.Launch(launch);
        }
    }

    private void Kill(Effect.Kill kill)
    {
        if (kill.Agent is { } id && registrations.TryGetValue(id, out Registration? registration) && registration.Tasks.ContainsKey(kill.Task))
        {
            Agent agent = registration.Agent;
            world.Timeline.After(world.Latency(), () =>
            {
                if (!agent.CanTalk)
                {
                    return;
                }

                agent.Kill(kill.Task, kill.Grace);
            });
            return;
        }

        Answer(kill.Task, kill.Agent);
    }

    private void Reconcile(Effect.Reconcile reconcile)
    {
        foreach ((string task, string? agent) in reconcile.Tasks)
        {
            Answer(task, agent);
        }

        if (reconcile.Tasks.Count == 0)
        {
            foreach (Registration registration in registrations.Values)
            {
                foreach (string task in registration.Tasks.Keys)
                {
                    Answer(task, registration.Agent.Id);
                }
            }
        }
    }

    private void Answer(string task, string? agent)
    {
        if (agent is null)
        {
            return;
        }

        if (registrations.TryGetValue(agent, out Registration? registration))
        {
            if (registration.IsGone)
            {
                Tell(task, agent, null, TaskState.GoneByOperator, "REASON_RECONCILIATION");
            }
            else if (registration.Tasks.TryGetValue(task, out (TaskState State, Resources, string Executor) known))
            {
                Tell(task, agent, known.Executor, registration.IsUnreachable ? TaskState.Unreachable : known.State, "REASON_RECONCILIATION");
            }
            else
            {
                Tell(task, agent, null, registration.IsUnreachable ? TaskState.Unreachable : TaskState.Gone, "REASON_RECONCILIATION");
            }
        }
        else if (goneAgents.Contains(agent))
        {
            Tell(task, agent, null, TaskState.GoneByOperator, "REASON_RECONCILIATION");
        }
        else if (unreachableAgents.Contains(agent))
        {
            Tell(task, agent, null, TaskState.Unreachable, "REASON_RECONCILIATION");
        }
        else if (world.Timeline.Now > recoveredAt)
        {
            Tell(task, agent, null, TaskState.Unknown, "REASON_RECONCILIATION");
        }
    }

    private void ToAgent(string id, Action<Agent> act)
    {
        if (registrations.TryGetValue(id, out Registration? registration))
        {
            world.Timeline.After(world.Latency(), () =>
            {
                if (registration.Agent.CanTalk)
                {
                    act(registration.Agent);
                }
            });
        }
    }

    private void OfferSoon()
    {
        if (!offering)
        {
            offering = true;
            world.Timeline.After(TimeSpan.FromMilliseconds(20), () => MakeOffers());
        }
    }

    private void MakeOffers()
    {
        offering = false;
        if (down || link is null || suppressed)
        {
            return;
        }

        var made = new List<Offer>();
        bool refused = false;
        foreach (Registration registration in registrations.Values)
        {
            if (!registration.IsActive || offers.Values.Any(o => o.Agent == registration.Agent.Id))
            {
                continue;
            }

            if (registration.RefusedUntil > world.Timeline.Now)
            {
                refused = true;
                continue;
            }

            Resources free = world.Plan.AgentResources - registration.Used();
            if (free.MilliCpus >= 10 && free.MilliMemory >= 1000)
            {
                string id = $"offer{++nextOffer}";
                offers.Add(id, (registration.Agent.Id, free));
                made.Add(new Offer
                {
                    Id = id,
                    Agent = registration.Agent.Id,
                    Hostname = registration.Agent.Hostname,
                    Resources = free,
                    Executors = [.. registration.Executors.Keys],
                    UnavailableFrom = registration.Agent.Draining ? world.TrueTime : null,
                });
            }
        }

        if (made.Count > 0)
        {
            Say(new Input.Offers(made));
        }

        if (made.Count > 0 || refused)
        {
            offering = true;
            world.Timeline.After(TimeSpan.FromSeconds(1), MakeOffers);
        }
    }

    private void Free()
    {
        offers.Clear();
    }

    private void Tell(string task, string agent, string? executor, TaskState state, string reason) =>
        Say(
            new Input.Status(new TaskUpdate { Task = task, State = state, Agent = agent, Executor = executor, Source = "master", Reason = reason }),
            repeatable: true);

    private void Say(Input input, bool repeatable = false)
    {
        if (link is not { } to)
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
        world.Timeline.After(delay, () => to.Scheduler.Hear(to, input));
        if (repeatable && world.FaultsOn && world.Chaos.Chance(world.Plan.UpdateRepeated))
        {
            world.Timeline.After(delay + world.Chaos.Span(0, world.Chaos.Chance(world.Plan.UpdateLate) ? 30 : 0.2), () => to.Scheduler.Hear(to, input));
        }
    }
}
