namespace ElasticJob.Scheduler.Cluster;

/// <summary>The cluster gave this scheduler's place to another one, or refuses it for good.</summary>
/// <param name="message">What the cluster said, and what to do.</param>
public sealed class ClusterFencedException(string message) : Exception(message);
