using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>
/// The cluster as the loop sees it: offers and news come in as inputs, launches and kills go out as effects. Nothing above this port knows which
/// engine is below.
/// </summary>
public interface IClusterDriver
{
    /// <summary>Keeps the scheduler connected until cancelled, or until the cluster says that another scheduler has taken its place.</summary>
    /// <param name="frameworkId">The identity from before, if there is one.</param>
    /// <param name="post">Takes what happens; may be called from any thread.</param>
    /// <param name="cancellationToken">Ends the connection; tasks run on.</param>
    /// <exception cref="ClusterFencedException">Another scheduler uses the same identity; this one must stop acting.</exception>
    Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken);

    /// <summary>Queues effects to be carried out in this order. What cannot be carried out comes back as an input, or is found by reconciliation.</summary>
    void Carry(IReadOnlyList<Effect> effects);

    /// <summary>Takes no more effects; completes when those that were queued have been carried out or refused.</summary>
    Task FinishAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
