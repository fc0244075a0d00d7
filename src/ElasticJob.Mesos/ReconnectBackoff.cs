namespace ElasticJob.Mesos;

/// <summary>
/// How long to wait before the next attempt to connect: doubled each time up to a cap, and drawn from the upper half of that span so
/// that many clients that lost the same server do not come back in step.
/// </summary>
/// <param name="first">The span of the first attempt.</param>
/// <param name="longest">The span that is never exceeded.</param>
/// <param name="random">Seeded by the caller, so that a run can be repeated.</param>
public sealed class ReconnectBackoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int attempts;

    /// <summary>Attempts since the last success.</summary>
    public int Attempts => attempts;

    /// <summary>The wait before the next attempt.</summary>
    public TimeSpan Next()
    {
        double span = Math.Min(longest.Ticks, first.Ticks * Math.Pow(2, Math.Min(attempts, 40)));
        attempts++;
        return TimeSpan.FromTicks((long)(span * (0.5 + (random.NextDouble() / 2))));
    }

    /// <summary>Starts over after a success.</summary>
    public void Reset() => attempts = 0;
}
