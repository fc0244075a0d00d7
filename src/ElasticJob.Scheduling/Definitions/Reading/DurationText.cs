using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Durations as text: <c>500ms</c>, <c>30s</c>, <c>1h30m</c>, <c>1d</c>; ranges as <c>2s..1m</c>.</summary>
public static class DurationText
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("d", TimeSpan.TicksPerDay),
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
    ];

    /// <summary>Reads a duration: numbers with units, largest unit first.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest.IsEmpty)
        {
            return false;
        }

        decimal ticks = 0;
        int nextUnit = 0;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
            {
                return false;
            }

            rest = rest[digits..];
            int letters = rest.IndexOfAny("0123456789.");
            ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
            int found = -1;
            for (int i = nextUnit; i < Units.Length; i++)
            {
                if (unit.SequenceEqual(Units[i].Unit))
                {
                    found = i;
                    break;
                }
            }

            if (found < 0 || number > long.MaxValue)
            {
                return false;
            }

            ticks += number * Units[found].Ticks;
            nextUnit = found + 1;
            rest = rest[unit.Length..];
        }

        if (ticks > TimeSpan.MaxValue.Ticks)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)decimal.Round(ticks));
        return true;
    }

    /// <summary>Reads <c>2s..1m</c>; a single duration is a range of that length only.</summary>
    public static bool TryParseRange([NotNullWhen(true)] string? text, out TimeSpan from, out TimeSpan to)
    {
        to = default;
        int dots = text?.IndexOf("..", StringComparison.Ordinal) ?? -1;
        if (dots < 0)
        {
            bool single = TryParse(text, out from);
            to = from;
            return single;
        }

        return TryParse(text![..dots], out from) & TryParse(text[(dots + 2)..], out to);
    }

    /// <summary>Writes a duration of zero or more in its shortest exact form.</summary>
    public static string Format(TimeSpan duration)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var text = new StringBuilder();
        long rest = duration.Ticks;
        foreach ((string unit, long ticks) in Units)
        {
            if (unit == "ms")
            {
                if (rest > 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{(decimal)rest / ticks:0.####}ms");
                }
            }
            else if (rest >= ticks)
            {
                text.Append(CultureInfo.InvariantCulture, $"{rest / ticks}{unit}");
                rest %= ticks;
            }
        }

        return text.ToString();
    }
}
