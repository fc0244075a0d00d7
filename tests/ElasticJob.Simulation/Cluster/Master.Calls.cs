using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Simulation.Cluster;

/// <content>What the subscribed scheduler asks for.</content>
internal sealed partial class Master
{
    public void Call(Link from, Effect effect)
    {
        if (down || from != link || !from.IsOpen)
        {
            from.Driver.CallRefused(effect);
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

                OfferSoon();
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

        // What executors cost of which the scheduler could think that they were still there.
        Resources anew = Resources.None;
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

            bool starts = !registration!.Executors.ContainsKey(launch.Executor.Id);
            Resources needs = launch.Resources + (starts ? launch.Executor.App.Resources : Resources.None);
            if (!needs.FitsIn(available))
            {
                // Of an executor that has just ended here the scheduler may not have heard yet; the cluster then counts it anew, and refuses.
                if (!launch.Resources.FitsIn(available + anew) || (starts && !counted.Contains((accept.Agent, launch.Executor.Id))))
                {
                    world.Witness.Fail("I11", $"task {launch.Task} needs {needs} of the {available} left of the offers of {accept.Agent} (executor {launch.Executor.Id} {(starts ? "is new there" : "is there")})");
                }

                Tell(launch.Task, accept.Agent, launch.Executor.Id, TaskState.Error, "REASON_TASK_INVALID");
                continue;
            }

            available -= needs;
            if (starts && !counted.Add((accept.Agent, launch.Executor.Id)))
            {
                anew += launch.Executor.App.Resources;
            }

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
                world.Timeline.After(world.Latency(), () => Deliver(agent, launch, starts));
            }
        }

        if (registration is not null)
        {
            registration.RefusedUntil = world.Timeline.Now + accept.RefuseRest;
        }

        OfferSoon();
    }

    private void Deliver(Agent agent, TaskLaunch launch, bool startsExecutor)
    {
        if (agent.CanTalk && registrations.TryGetValue(agent.Id, out Registration? registration) && registration.Tasks.ContainsKey(launch.Task))
        {
            agent.Launch(launch, startsExecutor);
        }
    }

    private void Kill(Effect.Kill kill)
    {
        if (kill.Agent is { } id && registrations.TryGetValue(id, out Registration? registration) && registration.Tasks.ContainsKey(kill.Task))
        {
            Agent agent = registration.Agent;
            world.Timeline.After(world.Latency(), () =>
            {
                if (agent.CanTalk && !(world.FaultsOn && world.Chaos.Chance(world.Plan.MessageLost)))
                {
                    agent.Kill(kill.Task, kill.Grace);
                }
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
}
