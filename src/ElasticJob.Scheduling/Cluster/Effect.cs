using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Cluster;

/// <summary>What the scheduler asks of the cluster, after the decision behind it is durable.</summary>
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Uses offers of one agent to launch tasks; what is left over goes back.</summary>
    public sealed record Accept(string Agent, IReadOnlyList<string> Offers, IReadOnlyList<TaskLaunch> Tasks, TimeSpan RefuseRest) : Effect;

    /// <summary>Gives offers back and asks not to be offered the same for a while.</summary>
    public sealed record Decline(IReadOnlyList<string> Offers, TimeSpan Refuse) : Effect;

    /// <summary>Nothing waits: no offers, please.</summary>
    public sealed record Suppress : Effect;

    /// <summary>Something waits: offers, please, and forget earlier refusals.</summary>
    public sealed record Revive : Effect;

    /// <summary>Ends a task.</summary>
    public sealed record Kill(string Task, string? Agent, TimeSpan Grace) : Effect;

    /// <summary>Ends an executor.</summary>
    public sealed record Shutdown(string Executor, string Agent) : Effect;

    /// <summary>The effect of a status update is durable.</summary>
    public sealed record Acknowledge(string Task, string Agent, string Uuid) : Effect;

    /// <summary>Asks for the state of these tasks; of all tasks when empty.</summary>
    public sealed record Reconcile(IReadOnlyList<(string Task, string? Agent)> Tasks) : Effect;

    /// <summary>Agrees that an agent is taken away.</summary>
    public sealed record AcceptInverseOffers(IReadOnlyList<string> Offers) : Effect;
}
