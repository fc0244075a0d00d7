using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;

namespace ElasticJob.Bench.Api;

/// <summary>A cluster that never answers: what is measured here is the API, not the scheduling.</summary>
internal sealed class IdleCluster : IClusterDriver
{
    public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    public void Carry(IReadOnlyList<Effect> effects)
    {
    }
}
