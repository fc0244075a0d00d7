using System.Globalization;

namespace ElasticJob.Cli.Output;

/// <summary>Times and durations for people: how far away, and exactly when.</summary>
internal static class Times
{
    /// <summary>Such as <c>in 4 s (12:03:05)</c> or <c>3 m 10 s ago (2026-11-20 23:05:06)</c>; the date only when it is another day.</summary>
    public static string Of(DateTimeOffset? time, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (time is not { } at)
        {
            return "–";
        }

        TimeSpan distance = at - now;
        string relative = distance > TimeSpan.Zero ? $"in {Span(distance)}" : distance > -TimeSpan.FromSeconds(1) ? "now" : $"{Span(-distance)} ago";
        return $"{relative} ({Exact(at, now, zone)})";
    }

    /// <summary>The time as <see cref="Of"/> writes it, without the exact one in brackets; any other text as it is.</summary>
    public static string WithoutExact(string text)
    {
        int bracket = text.LastIndexOf(" (", StringComparison.Ordinal);
        return bracket > 0 && text.EndsWith(')') && text.AsSpan(bracket + 2).ContainsAny(':', '-') && text.AsSpan(bracket + 2, text.Length - bracket - 3).IndexOfAnyExcept("0123456789:- ") < 0
            ? text[..bracket]
            : text;
    }

    public static string Exact(DateTimeOffset time, DateTimeOffset now, TimeZoneInfo zone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(time, zone);
        bool today = TimeZoneInfo.ConvertTime(now, zone).Date == local.Date;
        return local.ToString(today ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>The two largest units: <c>850 ms</c>, <c>4 s</c>, <c>2 m 10 s</c>, <c>3 h 5 m</c>, <c>12 d 4 h</c>.</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1))
        {
            return $"{(int)span.TotalMilliseconds} ms";
        }

        if (span < TimeSpan.FromSeconds(10) && span.Milliseconds >= 100)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalSeconds * 10) / 10:0.#} s");
        }

        (int big, string bigUnit, int small, string smallUnit) = span switch
        {
            { TotalDays: >= 1 } => ((int)span.TotalDays, "d", span.Hours, "h"),
            { TotalHours: >= 1 } => (span.Hours, "h", span.Minutes, "m"),
            { TotalMinutes: >= 1 } => (span.Minutes, "m", span.Seconds, "s"),
            _ => (span.Seconds, "s", 0, ""),
        };
        return small == 0 ? $"{big} {bigUnit}" : $"{big} {bigUnit} {small} {smallUnit}";
    }
}
