using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>A cluster that offers nothing.</summary>
internal sealed class IdleCluster : IClusterDriver
{
    public Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken)
    {
        post(new Input.Connected(frameworkId ?? "framework"));
        return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    public void Carry(IReadOnlyList<Effect> effects)
    {
    }
}
