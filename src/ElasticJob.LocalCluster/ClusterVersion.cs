namespace ElasticJob.Local;

/// <summary>The version that the API reports: that of the Mesos API which is spoken, so that clients which compare versions are content.</summary>
internal static class ClusterVersion
{
    public static VersionInfo Info { get; } = new() { Version = "1.11.0", GitTag = "elasticjob-local-cluster" };
}
