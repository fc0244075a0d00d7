using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <content>Allocation: who is offered what.</content>
/// <remarks>
/// Dominant resource fairness in two steps, as Mesos: the role with the smallest dominant share comes first, within it the framework with the
/// smallest. What an agent has free goes to that framework as one offer. Nothing runs on a timer: subscribing, reviving, declining,
/// finishing and registering ask for an allocation, which takes place when the batch of messages has been worked through.
/// </remarks>
internal sealed partial class ClusterMaster
{
    private const long LeastCpus = 10;
    private const long LeastMemory = 32_000;

    private void AllocateIfWanted()
    {
        if (!_allocationWanted)
        {
            return;
        }

        _allocationWanted = false;
        Dictionary<FrameworkEntry, List<Offer>> offers = [];
        foreach (AgentEntry agent in _agents.Values)
        {
            if (agent.Link is null)
            {
                continue;
            }

            ResourceSum free = agent.Free();
            if ((free.Thousandths("cpus") >= LeastCpus || free.Thousandths("mem") >= LeastMemory) && Next(agent, free) is var (framework, role))
            {
                Offer offer = MakeOffer(framework, role, agent, free);
                if (!offers.TryGetValue(framework, out List<Offer>? list))
                {
                    offers.Add(framework, list = []);
                }

                list.Add(offer);
            }
        }

        foreach ((FrameworkEntry framework, List<Offer> list) in offers)
        {
            var message = new SchedulerEvent { Type = SchedulerEvent.Types.Type.Offers, Offers = new SchedulerEvent.Types.Offers() };
            message.Offers.Offers_.Add(list);
            framework.Send(message);
        }
    }

    private (FrameworkEntry Framework, string Role)? Next(AgentEntry agent, ResourceSum free)
    {
        List<(FrameworkEntry Framework, string Role)> candidates = [];
        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            if (framework.Stream is null)
            {
                continue;
            }

            foreach (string role in framework.Roles)
            {
                bool wanted = !framework.SuppressedRoles.Contains(role)
                    && !framework.Filters.Exists(filter => filter.Role == role && filter.Agent.Equals(agent.Id) && filter.Refused.Contains(free));
                if (wanted)
                {
                    candidates.Add((framework, role));
                }
            }
        }

        if (candidates.Count <= 1)
        {
            return candidates.Count == 0 ? null : candidates[0];
        }

        ResourceSum total = new();
        foreach (AgentEntry one in _agents.Values.Where(one => one.Link is not null))
        {
            total.Add(one.Total);
        }

        return candidates
            .OrderBy(one => _frameworks.Values.Aggregate(new ResourceSum(), (sum, framework) => sum.Add(Allocated(framework, one.Role))).DominantShare(total))
            .ThenBy(one => Allocated(one.Framework, one.Role).DominantShare(total))
            .ThenBy(one => one.Framework.Id.Value, StringComparer.Ordinal)
            .First();
    }

    private ResourceSum Allocated(FrameworkEntry framework, string role)
    {
        ResourceSum sum = new();
        foreach (TaskEntry task in framework.Tasks.Values.Where(task => task.Role == role && !task.IsTerminal))
        {
            sum.Add(task.Resources);
        }

        foreach (OfferEntry offer in framework.Offers.Values.Where(offer => offer.Role == role))
        {
            sum.Add(offer.Resources);
        }

        foreach (AgentEntry agent in _agents.Values)
        {
            foreach (((FrameworkID owner, _), (ExecutorInfo info, string executorRole)) in agent.Executors)
            {
                if (executorRole == role && owner.Equals(framework.Id))
                {
                    sum.Add(ResourceSum.Of(info.Resources));
                }
            }
        }

        return sum;
    }

    private Offer MakeOffer(FrameworkEntry framework, string role, AgentEntry agent, ResourceSum resources)
    {
        var id = new OfferID { Value = $"{Id}-O{_nextOffer++}" };
        var entry = new OfferEntry(id, framework, agent, role, resources);
        _offers.Add(id, entry);
        framework.Offers.Add(id, entry);
        agent.Offered.Add(resources);
        if (_options.OfferTimeout is { } timeout)
        {
            entry.Timeout = _options.Time.CreateTimer(_ => Mailbox.Post(() => Rescind(entry)), null, timeout, Timeout.InfiniteTimeSpan);
        }

        var offer = new Offer
        {
            Id = id,
            FrameworkId = framework.Id,
            AgentId = agent.Id,
            Hostname = agent.Info.Hostname,
            Url = new URL
            {
                Scheme = "http",
                Path = "/slave(1)",
                Address = new Address { Hostname = agent.Info.Hostname, Ip = _options.ListenAddress.ToString(), Port = agent.Info.Port },
            },
            AllocationInfo = new Resource.Types.AllocationInfo { Role = role },
        };
        offer.Resources.Add(resources.ToResources(framework.MultiRole ? role : null));
        offer.Attributes.Add(agent.Info.Attributes);
        offer.ExecutorIds.Add(agent.Executors.Keys.Where(key => key.Framework.Equals(framework.Id)).Select(key => key.Executor));
        return offer;
    }

    /// <summary>Takes an offer back without telling anybody.</summary>
    private void Withdraw(OfferEntry offer)
    {
        if (_offers.Remove(offer.Id))
        {
            offer.Framework.Offers.Remove(offer.Id);
            offer.Agent.Offered.Subtract(offer.Resources);
            offer.Timeout?.Dispose();
            _allocationWanted = true;
        }
    }

    private void Rescind(OfferEntry offer)
    {
        if (!_offers.ContainsKey(offer.Id))
        {
            return;
        }

        Withdraw(offer);
        offer.Framework.Send(new SchedulerEvent
        {
            Type = SchedulerEvent.Types.Type.Rescind,
            Rescind = new SchedulerEvent.Types.Rescind { OfferId = offer.Id },
        });
    }

    private void Decline(FrameworkEntry framework, SchedulerCall.Types.Decline decline)
    {
        foreach (OfferID id in decline.OfferIds)
        {
            if (framework.Offers.TryGetValue(id, out OfferEntry? offer))
            {
                Withdraw(offer);
                Refuse(framework, offer.Role, offer.Agent, offer.Resources, decline.Filters);
            }
        }
    }

    private void Refuse(FrameworkEntry framework, string role, AgentEntry agent, ResourceSum refused, Filters? filters)
    {
        double seconds = filters?.RefuseSeconds ?? 5;
        if (!(seconds > 0) || refused.IsEmpty)
        {
            return;
        }

        var filter = new RefusalFilter(role, agent.Id, refused);
        framework.Filters.Add(filter);
        filter.Expiry = _options.Time.CreateTimer(
            _ => Mailbox.Post(() =>
            {
                filter.Expiry?.Dispose();
                _allocationWanted |= framework.Filters.Remove(filter);
            }),
            null,
            TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(31).TotalSeconds)),
            Timeout.InfiniteTimeSpan);
    }

    private static void ClearFilters(FrameworkEntry framework, Predicate<RefusalFilter> which)
    {
        foreach (RefusalFilter filter in framework.Filters.Where(filter => which(filter)))
        {
            filter.Expiry?.Dispose();
        }

        framework.Filters.RemoveAll(which);
    }

    private void Revive(FrameworkEntry framework, SchedulerCall.Types.Revive? revive)
    {
        IReadOnlyList<string> roles = Named(framework, revive?.Roles);
        framework.SuppressedRoles.ExceptWith(roles);
        ClearFilters(framework, filter => roles.Contains(filter.Role));
        _allocationWanted = true;
    }

    private static void Suppress(FrameworkEntry framework, SchedulerCall.Types.Suppress? suppress) =>
        framework.SuppressedRoles.UnionWith(Named(framework, suppress?.Roles));

    private static IReadOnlyList<string> Named(FrameworkEntry framework, IReadOnlyCollection<string>? roles) =>
        roles is null or { Count: 0 } ? framework.Roles : [.. roles];
}
