using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Simulation.Cluster;

/// <content>Offers: what is free is offered, and may be taken back, refused, or used by others first.</content>
internal sealed partial class Master
{
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

            Compete(registration);
            Resources free = world.Plan.AgentResources - registration.Used() - registration.Others;
            if (free.MilliCpus >= 10 && free.MilliMemory >= 1000)
            {
                Resources part = world.Plan.SplitsOffers ? Part(free, 3) : Resources.None;
                made.Add(Make(registration, free - part));
                if (part.MilliCpus > 0 && part.MilliMemory > 0)
                {
                    made.Add(Make(registration, part));
                }
            }
            else
            {
                // What others hold they give back some time.
                refused |= registration.Others != Resources.None;
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

    /// <summary>Before an agent is offered, others may have been offered it and have taken some of it, or given some back.</summary>
    private void Compete(Registration registration)
    {
        if (!world.FaultsOn)
        {
            registration.Others = Resources.None;
        }
        else if (world.Chaos.Chance(world.Plan.Competition))
        {
            Resources free = world.Plan.AgentResources - registration.Used();
            registration.Others = world.Chaos.Pick(Resources.None, Part(free, 3), Part(free, 2), free);
        }
    }

    private static Resources Part(Resources whole, int of) => new(whole.MilliCpus / of, whole.MilliMemory / of, whole.MilliDisk / of);

    private Offer Make(Registration registration, Resources resources)
    {
        string id = $"offer{++nextOffer}";
        offers.Add(id, (registration.Agent.Id, resources));
        return new Offer
        {
            Id = id,
            Agent = registration.Agent.Id,
            Hostname = registration.Agent.Hostname,
            Resources = resources,
            Executors = [.. registration.Executors.Keys],
            UnavailableFrom = registration.Agent.Draining ? world.TrueTime : null,
        };
    }

    private void Free()
    {
        offers.Clear();
    }
}
