namespace ElasticJob.Chaos;

/// <summary>One run.</summary>
/// <param name="Seed">Decides which faults come when, as far as that can be decided from outside.</param>
/// <param name="Length">How long faults come; starting before and settling after it take a minute or two.</param>
internal sealed record ChaosOptions(int Seed, TimeSpan Length)
{
    public int Schedulers { get; init; } = 3;

    public int Jobs { get; init; } = 200;

    /// <summary>Timeout of the schedulers' sessions.</summary>
    public TimeSpan Session { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Whether each scheduler reaches the master through a witness of its calls.</summary>
    public bool WitnessesCalls { get; init; }

    /// <summary>How long starting may take, and how long settling.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);
}
