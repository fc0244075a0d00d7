namespace ElasticJob.Protocol.Schedules;

/// <summary>
/// The clock on the wall of one time zone, which is set forward in spring and back in autumn. Times on it are written as if they were UTC.
/// Only the offset of an instant is asked for: what .NET says of skipped and repeated local times is wrong where winter time is
/// the exception in the zone's data (Europe/Dublin, Africa/Casablanca).
/// </summary>
internal sealed class WallClock(TimeZoneInfo zone)
{
    /// <summary>No zone changes twice within it.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromDays(7);

    private readonly bool isSteady = zone.GetAdjustmentRules().Length == 0;

    /// <summary>How far the clock is ahead of UTC.</summary>
    public TimeSpan OffsetAt(DateTimeOffset instant) => zone.GetUtcOffset(instant);

    /// <summary>The first instant in (<paramref name="from"/>, <paramref name="to"/>] at which the clock is set; null if it is not.</summary>
    public DateTimeOffset? ChangeIn(DateTimeOffset from, DateTimeOffset to)
    {
        if (isSteady)
        {
            return null;
        }

        TimeSpan offset = OffsetAt(from);
        while (from < to)
        {
            DateTimeOffset high = to - from > Step ? from + Step : to;
            if (OffsetAt(high) != offset)
            {
                return Change(from, high, offset);
            }

            from = high;
        }

        return null;
    }

    private DateTimeOffset Change(DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        while (after.UtcTicks - before.UtcTicks > 1)
        {
            DateTimeOffset middle = before + ((after - before) / 2);
            (before, after) = OffsetAt(middle) == offset ? (middle, after) : (before, middle);
        }

        return after;
    }
}
