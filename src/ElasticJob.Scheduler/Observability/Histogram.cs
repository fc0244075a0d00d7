namespace ElasticJob.Scheduler.Observability;

/// <summary>Counts durations by upper bounds, as Prometheus' histograms do. One writer or many; a reader sees each number whole.</summary>
/// <param name="bounds">Upper bounds in seconds, ascending.</param>
internal sealed class Histogram(params double[] bounds)
{
    private readonly long[] counts = new long[bounds.Length + 1];
    private long ticks;

    /// <summary>From a millisecond to a minute.</summary>
    public static Histogram OfSeconds() => new(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60);

    public IReadOnlyList<double> Bounds => bounds;

    /// <summary>How many there were within each bound, and last above all of them; not yet summed up.</summary>
    public long[] Counts() => [.. Enumerable.Range(0, counts.Length).Select(i => Interlocked.Read(ref counts[i]))];

    /// <summary>The sum of all durations.</summary>
    public TimeSpan Sum => new(Interlocked.Read(ref ticks));

    public void Record(TimeSpan duration)
    {
        TimeSpan positive = duration < TimeSpan.Zero ? TimeSpan.Zero : duration;
        int bucket = 0;
        while (bucket < bounds.Length && positive.TotalSeconds > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref counts[bucket]);
        Interlocked.Add(ref ticks, positive.Ticks);
    }
}
