using System.Globalization;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary>Times as people type them.</summary>
internal static class Moments
{
    /// <summary>ISO 8601 (local time where it names no offset), or how long ago: <c>90s</c>, <c>15m</c>, <c>2h</c>, <c>3d</c>.</summary>
    public static DateTimeOffset Parse(string text, Terminal terminal)
    {
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount))
        {
            double? seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => null };
            if (seconds is { } unit && amount * unit < TimeSpan.FromDays(36500).TotalSeconds)
            {
                return terminal.Now - TimeSpan.FromSeconds(amount * unit);
            }
        }

        if (DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime time))
        {
            return time.Kind == DateTimeKind.Unspecified
                ? new DateTimeOffset(time, terminal.Time.LocalTimeZone.GetUtcOffset(time)).ToUniversalTime()
                : new DateTimeOffset(time).ToUniversalTime();
        }

        throw CliException.Usage($"'{text}' is not a time; write it like 2026-11-21T04:00Z, or how long ago: 90s, 15m, 2h, 3d");
    }
}
