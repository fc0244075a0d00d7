using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Quartz;

namespace ElasticJob.Protocol.Schedules;

/// <summary>
/// A cron expression in one time zone. Daylight-saving: a local time that a spring-forward skips fires at the first instant
/// after the gap. Local times that an autumn change repeats fire once, the first time, if the expression names single times
/// (<c>30 2 * * *</c>), and both times if it goes on through the hours: with <c>*</c>, <c>-</c> or <c>/</c> in seconds, minutes or hours.
/// </summary>
/// <param name="Expression">The text as the user wrote it.</param>
/// <param name="Dialect">Which of the two dialects <paramref name="Expression"/> is in.</param>
/// <param name="TimeZone">An IANA time zone id; <c>UTC</c> by default.</param>
public sealed record CronSchedule(string Expression, CronDialect Dialect, string TimeZone = "UTC") : Schedule
{
    // No expression is due before 1970 or near the end of what a date can be.
    private static readonly DateTimeOffset FirstAsked = DateTimeOffset.UnixEpoch.AddDays(-1);
    private static readonly DateTimeOffset LastAsked = DateTimeOffset.MaxValue.AddYears(-1);
    private static readonly TimeSpan LongestRepeat = TimeSpan.FromHours(3);

    private Compiled? compiled;

    /// <summary>Reads an expression, telling the dialect from its shape.</summary>
    /// <param name="expression">Five fields or <c>@nickname</c> are Unix; six or seven are Quartz.</param>
    /// <param name="timeZone">An IANA time zone id.</param>
    /// <param name="schedule">The schedule, when the text is well-formed.</param>
    /// <param name="fault">Otherwise, what is wrong and what would be right.</param>
    public static bool TryParse(
        string expression,
        string timeZone,
        [NotNullWhen(true)] out CronSchedule? schedule,
        [NotNullWhen(false)] out string? fault)
    {
        schedule = null;
        string text = expression.Trim();
        int fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        CronDialect dialect;
        if (text.StartsWith('@') || fields == 5)
        {
            dialect = CronDialect.Unix;
        }
        else if (fields is 6 or 7)
        {
            dialect = CronDialect.Quartz;
        }
        else
        {
            fault = $"'{expression}' has {fields} fields; Unix cron has 5 (minute hour day month weekday), Quartz cron 6 or 7 (second first)";
            return false;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out _))
        {
            fault = $"'{timeZone}' is not a known time zone; use an IANA name such as Europe/Berlin or UTC";
            return false;
        }

        if (CronRanges.Fault(text, dialect) is { } outside)
        {
            fault = $"'{expression}' is not a cron expression: {outside}";
            return false;
        }

        var candidate = new CronSchedule(text, dialect, timeZone);
        try
        {
            candidate.compiled = candidate.Compile();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException)
        {
            fault = $"'{expression}' is not a cron expression: {e.Message}";
            return false;
        }

        schedule = candidate;
        fault = null;
        return true;
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextAfter(DateTimeOffset instant)
    {
        (CronExpression times, WallClock clock, bool goesOn) = compiled ??= Compile();
        if (instant >= LastAsked)
        {
            return null;
        }

        DateTimeOffset from = instant < FirstAsked ? FirstAsked : instant.ToUniversalTime();
        TimeSpan offset = clock.OffsetAt(from);
        DateTimeOffset shown = from + offset;
        if (!goesOn && clock.ChangeIn(from - LongestRepeat, from) is { } past && past + clock.OffsetAt(past.AddTicks(-1)) is var repeated && shown < repeated)
        {
            // The second time: single times wait until the clock shows what it has not shown yet.
            shown = repeated.AddTicks(-1);
        }

        while (times.GetNextValidTimeAfter(shown) is { } next)
        {
            DateTimeOffset due = next - offset;
            if (clock.ChangeIn(from, due) is not { } change)
            {
                return due;
            }

            TimeSpan changed = clock.OffsetAt(change);
            if (changed > offset && next <= change + changed)
            {
                // Skipped: at the first instant after the gap.
                return change;
            }

            shown = changed > offset ? change + changed : (change + (goesOn ? changed : offset)).AddTicks(-1);
            from = change;
            offset = changed;
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(CronSchedule? other) =>
        other is not null && Expression == other.Expression && Dialect == other.Dialect && TimeZone == other.TimeZone;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Expression, Dialect, TimeZone);

    private Compiled Compile()
    {
        string quartz = Dialect == CronDialect.Unix ? CronExpression.Parse(Expression, CronFormat.Unix).CronExpressionString : Expression;
        bool goesOn = quartz.Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries).Take(3).Any(field => field.AsSpan().ContainsAny('*', '-', '/'));
        return new Compiled(new CronExpression(quartz, TimeZoneInfo.Utc), new WallClock(TimeZoneInfo.FindSystemTimeZoneById(TimeZone)), goesOn);
    }

    /// <param name="Times">What the expression names, on a clock that is never set.</param>
    /// <param name="Clock">The clock of the zone.</param>
    /// <param name="GoesOn">Whether it goes on through the hours.</param>
    private sealed record Compiled(CronExpression Times, WallClock Clock, bool GoesOn);
}
