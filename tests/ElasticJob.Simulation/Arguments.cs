using System.Globalization;
using ElasticJob.Simulation.Planning;

namespace ElasticJob.Simulation;

/// <summary>What is asked of the simulator on its command line.</summary>
internal sealed record Arguments
{
    public const string Usage = "usage: [--seeds N] [--first SEED] [--minutes M] [--bug NAME] | --seed SEED [--keep 1,4,9] [--events TEXT] [--bug NAME]";

    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>How many histories.</summary>
    public long Seeds { get; init; } = 2000;

    /// <summary>The seed of the first of them.</summary>
    public ulong First { get; init; } = 1;

    /// <summary>No history begins after this time.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromDays(1);

    /// <summary>The one history to look at, instead of many.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Which of its deeds are done; null for all.</summary>
    public IReadOnlySet<int>? Keep { get; init; }

    /// <summary>Stored events whose text holds this are shown.</summary>
    public string? Events { get; init; }

    public PlantedBug Bug { get; init; }

    /// <returns>What is asked, or what is wrong with it.</returns>
    public static (Arguments? Read, string? Fault) Of(string[] args)
    {
        var read = new Arguments();
        for (int i = 0; i < args.Length; i += 2)
        {
            string name = args[i];
            if (i + 1 == args.Length && name.StartsWith("--", StringComparison.Ordinal))
            {
                return (null, $"{name} has no value");
            }

            string value = i + 1 < args.Length ? args[i + 1] : "";
            (Arguments? next, string right) = name switch
            {
                "--seeds" => (long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seeds) && seeds > 0 ? read with { Seeds = seeds } : null, "a number from 1"),
                "--first" => (Number(value) is { } first ? read with { First = first } : null, "a seed, which is a number from 0"),
                "--minutes" => (Minutes(value) is { } limit ? read with { Limit = limit } : null, $"a number above 0, {Longest.TotalMinutes:0} at the most"),
                "--seed" => (Number(value) is { } seed ? read with { Seed = seed } : null, "a seed, which is a number from 0"),
                "--keep" => (Numbers(value) is { } keep ? read with { Keep = keep } : null, "a list of deeds' numbers such as 1,4,9"),
                "--events" => (value.Length > 0 ? read with { Events = value } : null, "a text"),
                "--bug" => (Enum.GetNames<PlantedBug>().Contains(value) ? read with { Bug = Enum.Parse<PlantedBug>(value) } : null, $"one of {string.Join(", ", Enum.GetNames<PlantedBug>())}"),
                _ => (null, ""),
            };
            if (next is null)
            {
                return (null, right.Length == 0 ? $"'{name}' is not known" : $"{name} '{value}': it must be {right}");
            }

            read = next;
        }

        return read.Seed is null && (read.Keep is not null || read.Events is not null)
            ? (null, $"{(read.Keep is not null ? "--keep" : "--events")} goes with one history: name it by --seed")
            : (read, null);
    }

    private static ulong? Number(string text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    private static TimeSpan? Minutes(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes) && minutes > 0 && minutes <= Longest.TotalMinutes
            ? TimeSpan.FromMinutes(minutes)
            : null;

    /// <summary>An empty list is one, too: the history without any deeds.</summary>
    private static HashSet<int>? Numbers(string text)
    {
        var numbers = new HashSet<int>();
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers;
    }
}
