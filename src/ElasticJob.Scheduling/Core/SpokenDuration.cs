using System.Globalization;

namespace ElasticJob.Scheduling.Core;

/// <summary>Durations for people, in their two largest units: <c>0.5 s</c>, <c>4 s</c>, <c>2 m 10 s</c>, <c>1 h</c>, <c>12 d 4 h</c>.</summary>
internal static class SpokenDuration
{
    public static string Of(TimeSpan span) => span switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalSeconds):0.#} s"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalSeconds} s"),
        { TotalHours: < 1 } => Of((int)span.TotalMinutes, "m", span.Seconds, "s"),
        { TotalDays: < 1 } => Of((int)span.TotalHours, "h", span.Minutes, "m"),
        _ => Of((int)span.TotalDays, "d", span.Hours, "h"),
    };

    private static string Of(int big, string bigUnit, int small, string smallUnit) =>
        small == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{big} {bigUnit}")
            : string.Create(CultureInfo.InvariantCulture, $"{big} {bigUnit} {small} {smallUnit}");
}
