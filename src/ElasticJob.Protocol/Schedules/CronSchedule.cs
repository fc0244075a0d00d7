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
    private CronExpression? compiled;
    private bool goesOn;

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
        compiled ??= Compile();
        DateTimeOffset? next = compiled.GetNextValidTimeAfter(instant);

        // The parser knows the two kinds of expressions, but asked at an instant of the second hour it takes that hour for the first.
        while (!goesOn && next is { } due && ComesAgain(compiled.TimeZone, due))
        {
            next = compiled.GetNextValidTimeAfter(due);
        }

        return next?.ToUniversalTime();
    }

    /// <inheritdoc/>
    public bool Equals(CronSchedule? other) =>
        other is not null && Expression == other.Expression && Dialect == other.Dialect && TimeZone == other.TimeZone;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Expression, Dialect, TimeZone);

    private CronExpression Compile()
    {
        string quartz = Dialect == CronDialect.Unix ? CronExpression.Parse(Expression, CronFormat.Unix).CronExpressionString : Expression;
        goesOn = quartz.Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries).Take(3).Any(field => field.AsSpan().ContainsAny('*', '-', '/'));
        return new CronExpression(quartz, TimeZoneInfo.FindSystemTimeZoneById(TimeZone));
    }

    /// <summary>Whether the clock of the zone has shown the time of this instant before: of the two offsets it has the smaller one.</summary>
    private static bool ComesAgain(TimeZoneInfo zone, DateTimeOffset instant)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(instant, zone);
        return zone.IsAmbiguousTime(local.DateTime) && local.Offset == zone.GetAmbiguousTimeOffsets(local.DateTime).Min();
    }
}
