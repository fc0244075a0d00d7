namespace ElasticJob.Executor;

/// <summary>How long an executor with a shard that does not stop waits, and for what.</summary>
internal sealed record EvictionTimes
{
    public static EvictionTimes Default { get; } = new();

    /// <summary>After the SIGKILL of a script, until it counts as stuck.</summary>
    public TimeSpan ScriptMargin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the other tasks of the process to finish by themselves.</summary>
    public TimeSpan Finish { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the other tasks to end after they were cancelled.</summary>
    public TimeSpan Cancel { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the last updates to be acknowledged.</summary>
    public TimeSpan Report { get; init; } = TimeSpan.FromSeconds(2);
}
