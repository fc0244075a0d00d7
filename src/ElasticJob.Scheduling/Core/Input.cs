using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Commands;

namespace ElasticJob.Scheduling.Core;

/// <summary>What can happen to the core. That time passed is not an input of its own: each step is given the moment.</summary>
public abstract record Input
{
    private Input()
    {
    }

    /// <summary>Subscribed to the cluster. Earlier offers are void.</summary>
    public sealed record Connected(string FrameworkId) : Input;

    /// <summary>The subscription ended. Earlier offers are void.</summary>
    public sealed record Disconnected(string Reason) : Input;

    /// <summary>The cluster has forgotten this framework for good: its tasks are gone, a new id is needed.</summary>
    public sealed record FrameworkRemoved(string Reason) : Input;

    /// <summary>Offers arrived.</summary>
    public sealed record Offers(IReadOnlyList<Offer> Received) : Input;

    /// <summary>An offer is void.</summary>
    public sealed record OfferRescinded(string Offer) : Input;

    /// <summary>An agent is to be taken away; the offers ask for agreement.</summary>
    public sealed record InverseOffers(IReadOnlyList<(string Offer, string? Agent)> Received) : Input;

    /// <summary>News about a task.</summary>
    public sealed record Status(TaskUpdate Update) : Input;

    /// <summary>An executor ended.</summary>
    public sealed record ExecutorLost(string Executor, string? Agent, int? WaitStatus) : Input;

    /// <summary>What the cluster was told about an executor that an accept starts, in the engine's own words; it is kept (see <see cref="ExecutorSpec.Description"/>).</summary>
    public sealed record ExecutorDescribed(string Executor, string Description) : Input;

    /// <summary>An agent was lost.</summary>
    public sealed record AgentLost(string Agent) : Input;

    /// <summary>Somebody asks for something; the answer carries the same id.</summary>
    public sealed record Asked(long Id, Command Command) : Input;

    /// <summary>All sinks have the events up to this one.</summary>
    public sealed record EventsConfirmed(long Sequence) : Input;
}
