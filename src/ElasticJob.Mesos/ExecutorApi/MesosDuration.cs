using System.Globalization;

namespace ElasticJob.Mesos.ExecutorApi;

/// <summary>Durations as Mesos writes them in the environment of executors: <c>15mins</c>, <c>1.5secs</c>, <c>500ms</c>.</summary>
public static class MesosDuration
{
    private static readonly (string Unit, double Seconds)[] Units =
    [
        ("weeks", 604_800), ("days", 86_400), ("hrs", 3_600), ("mins", 60), ("secs", 1), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9),
    ];

    /// <summary>Reads a duration; <see langword="false"/> if it is not one.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        foreach ((string unit, double seconds) in Units)
        {
            if (text is not null && text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double count)
                && count >= 0 && count * seconds < TimeSpan.MaxValue.TotalSeconds)
            {
                duration = TimeSpan.FromSeconds(count * seconds);
                return true;
            }
        }

        duration = default;
        return false;
    }

    /// <summary>Writes a duration the way <see cref="TryParse"/> reads it.</summary>
    public static string Format(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#########}secs");
}
