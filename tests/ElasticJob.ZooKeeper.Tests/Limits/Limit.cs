namespace ElasticJob.ZooKeeper.Tests.Limits;

/// <summary>How long anything may take before it counts as hung. Far above what a loaded machine needs.</summary>
public static class Limit
{
    /// <summary>Milliseconds for one test.</summary>
    public const int Test = 150_000;

    /// <summary>For a server to start or to end.</summary>
    public static TimeSpan Server { get; } = TimeSpan.FromSeconds(60);
}
