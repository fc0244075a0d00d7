using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>One scheduler's time as the leader. Nothing of it outlives it: the next term begins with what is stored.</summary>
public sealed class Term
{
    /// <summary>Where the state is kept; opening it raises the epoch.</summary>
    public required IStateStore Store { get; init; }

    /// <summary>What effects are sent under.</summary>
    public required ILease Lease { get; init; }

    /// <summary>Gives the turn to the next scheduler. Only after the last commit, and the last effect, of this term.</summary>
    public required Func<Task> ResignAsync { get; init; }

    /// <summary>Tells how far the takeover is.</summary>
    public required ITakeoverProgress Progress { get; init; }
}

/// <summary>Hears how far a takeover is.</summary>
public interface ITakeoverProgress
{
    /// <summary>The state is loaded.</summary>
    void Loaded();

    /// <summary>The cluster has accepted the subscription.</summary>
    void Connected();
}
