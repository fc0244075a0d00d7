using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Core;

/// <summary>
/// Keeps the picture of the cluster true: after every subscription each live task is asked for, with growing pauses, until it was heard of; now and
/// then all are.
/// </summary>
internal sealed class Reconciling(World world, Changes changes, AttemptLifecycle attempts, ExecutorPool executors)
{
    public void Connected(string frameworkId)
    {
        world.Connected = true;
        world.ConnectedAt = world.Now.Elapsed;
        world.Fault = null;
        world.Connection++;
        world.Suppressed = false;

        // A suppression that was on its way may reach the new subscription.
        world.FreshDemand = world.Placeable.Count > 0;
        world.LastRevive = TimeSpan.MinValue;
        VoidOffers();
        if (world.Meta.FrameworkId != frameworkId)
        {
            world.Meta = world.Meta with { FrameworkId = frameworkId };
            changes.TouchMeta();
        }

        ForgetConfirmations();
        AskAgain(world.Connection, world.Options.ReconcileFirst);
        world.Timers.Set(world.Now.Elapsed + world.Options.ReconcileAll, new TimerSubject.ReconcileAll(world.Connection));
    }

    public void Disconnected(string reason)
    {
        world.Connected = false;
        world.Asking = false;
        world.Fault = reason;
        world.Connection++;
        VoidOffers();
    }

    /// <summary>The framework's tasks and executors are gone with it; what ran is judged by the failover policy.</summary>
    public void FrameworkRemoved(string reason)
    {
        Disconnected(reason);
        world.Meta = world.Meta with { FrameworkId = null };
        changes.TouchMeta();
        foreach (Attempt attempt in world.Attempts.Values.ToArray())
        {
            attempts.PlaceGone(attempt, "frameworkRemoved", $"the cluster removed this framework: {reason}");
        }

        foreach (Executor executor in world.Executors.Values.ToArray())
        {
            executors.Remove(executor, "frameworkRemoved", reason);
        }
    }

    /// <summary>Asks for every task that was not heard of since the subscription, or of which nobody knows whether it runs.</summary>
    public void AskAgain(int connection, TimeSpan pause)
    {
        if (connection != world.Connection || !world.Connected)
        {
            return;
        }

        // The master says nothing by itself of a task that an agent has lost while it was unreachable: it has to be asked by name.
        List<(string, string?)> silent = [.. world.Attempts.Values.Where(a => !a.Confirmed || a.State == TaskState.Unreachable).Select(a => (a.Task, (string?)a.Agent))];
        world.Asking = silent.Count > 0;
        if (silent.Count == 0)
        {
            return;
        }

        changes.Do(new Effect.Reconcile(silent));
        TimeSpan next = pause * 2 < world.Options.ReconcileLongest ? pause * 2 : world.Options.ReconcileLongest;
        world.Timers.Set(world.Now.Elapsed + pause, new TimerSubject.Reconcile(connection, next));
    }

    /// <summary>Asks once, because somebody wants to know: for each known task, or for whatever the cluster knows.</summary>
    public CommandResult AskNow(bool each)
    {
        if (!world.Connected)
        {
            return new CommandResult(CommandStatus.Conflict, "the scheduler is not connected to a cluster, so there is nobody to ask");
        }

        List<(string, string?)> known = each ? [.. world.Attempts.Values.Select(a => (a.Task, (string?)a.Agent))] : [];
        if (known.Count > 0 || !each)
        {
            changes.Do(new Effect.Reconcile(known));
        }

        return CommandResult.Done;
    }

    public void AskForAll(int connection)
    {
        if (connection != world.Connection || !world.Connected)
        {
            return;
        }

        // The master tells of the tasks that it knows; those that nothing is heard of then are asked for by name.
        changes.Do(new Effect.Reconcile([]));
        ForgetConfirmations();
        world.AskSoon();
        LookAround();
        world.Timers.Set(world.Now.Elapsed + world.Options.ReconcileAll, new TimerSubject.ReconcileAll(connection));
    }

    /// <summary>
    /// Asks for offers once though nothing waits. An executor that was given up with its unreachable agent may have come back with it; only an offer
    /// tells, and it would hold its resources for ever.
    /// </summary>
    private void LookAround()
    {
        if (world.Suppressed)
        {
            world.Suppressed = false;
            world.LooksAround = true;
            changes.Do(new Effect.Revive());
        }
    }

    public void ExecutorLost(string id, int? waitStatus)
    {
        if (!world.Executors.TryGetValue(id, out Executor? executor))
        {
            return;
        }

        // The agent sends a status for each of its tasks; asking makes sure that none is missed.
        if (executor.Attempts.Count > 0)
        {
            changes.Do(new Effect.Reconcile([.. executor.Attempts.Select(a => (a.Task, (string?)a.Agent))]));
            executor.Ending = true;
            executor.EndedBy = WaitStatus.Describe(waitStatus) ?? "it has ended";
            return;
        }

        executors.Remove(executor, "terminated", WaitStatus.Describe(waitStatus));
    }

    public void AgentLost(string id)
    {
        if (!world.Agents.TryGetValue(id, out Agent? agent))
        {
            return;
        }

        agent.Offers.Clear();
        foreach (Executor executor in agent.Executors.Values.ToArray())
        {
            if (executor.Attempts.Count == 0)
            {
                executors.Remove(executor, "agentLost", null);
            }
            else
            {
                executor.Unreachable = true;
            }
        }

        List<(string, string?)> there = [.. world.Attempts.Values.Where(a => a.Agent == id).Select(a => (a.Task, (string?)id))];
        if (there.Count > 0)
        {
            changes.Do(new Effect.Reconcile(there));
        }

        world.Tidy(id);
    }

    public void OffersReceived(IReadOnlyList<Offer> offers)
    {
        world.LooksAround = false;
        foreach (Offer offer in offers)
        {
            Agent agent = world.AgentOf(offer.Agent);
            agent.Hostname = offer.Hostname;
            agent.Address = offer.Address;
            agent.Attributes = offer.Attributes;
            agent.Draining = offer.UnavailableFrom is not null;
            agent.Offers[offer.Id] = offer;
            Compare(agent, offer);

            foreach (string running in offer.Executors)
            {
                if (!world.Executors.ContainsKey(running) && !world.Attempts.Values.Any(a => a.Executor == running))
                {
                    // Given up earlier, or from a lost state: it would hold its resources for ever.
                    changes.Do(new Effect.Shutdown(running, offer.Agent));
                }
            }
        }
    }

    /// <summary>
    /// An offer says which executors run there. One that it does not name is not warm: a task for it would start it anew, with resources that were not
    /// asked for, and be refused as invalid. Its end may have been told to nobody.
    /// </summary>
    private void Compare(Agent agent, Offer offer)
    {
        foreach (Executor executor in agent.Executors.Values.ToArray())
        {
            bool isThere = offer.Executors.Contains(executor.Id);
            executor.Unreachable = !isThere;
            if (!isThere && executor.Attempts.Count == 0)
            {
                executors.Remove(executor, "terminated", "its agent does not have it any more");
            }
        }
    }

    public void OfferRescinded(string offer)
    {
        foreach (Agent agent in world.Agents.Values)
        {
            if (agent.Offers.Remove(offer))
            {
                world.Tidy(agent.Id);
                return;
            }
        }
    }

    public void InverseOffers(IReadOnlyList<(string Offer, string? Agent)> offers)
    {
        foreach ((_, string? agent) in offers)
        {
            if (agent is not null)
            {
                world.AgentOf(agent).Draining = true;
            }
        }

        changes.Do(new Effect.AcceptInverseOffers([.. offers.Select(o => o.Offer)]));
    }

    /// <summary>From now on each task has to be heard of again.</summary>
    private void ForgetConfirmations()
    {
        foreach (Attempt attempt in world.Attempts.Values)
        {
            attempt.Confirmed = false;
        }
    }

    private void VoidOffers()
    {
        foreach (Agent agent in world.Agents.Values.ToArray())
        {
            agent.Offers.Clear();
            world.Tidy(agent.Id);
        }
    }
}
