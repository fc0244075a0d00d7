namespace ElasticJob.Protocol.Schedules;

/// <summary>Due times on a fixed grid: <see cref="Anchor"/> + n × <see cref="Interval"/>.</summary>
/// <param name="Interval">The distance between two due times; one second at the least.</param>
/// <param name="Anchor">A point of the grid, set when the job is stored, so that restarts keep the grid.</param>
public sealed record IntervalSchedule(TimeSpan Interval, DateTimeOffset Anchor) : Schedule
{
    /// <summary>The shortest interval a job may have.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override DateTimeOffset? NextAfter(DateTimeOffset instant)
    {
        long elapsed = instant.UtcTicks - Anchor.UtcTicks;
        long steps = elapsed >= 0 ? (elapsed / Interval.Ticks) + 1 : -(-elapsed - 1) / Interval.Ticks;
        long ticks = Anchor.UtcTicks + (steps * Interval.Ticks);
        return ticks > DateTimeOffset.MaxValue.UtcTicks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }
}
