using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Events;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Cli.Platform;

/// <summary>The member <c>events.retention</c> of a scheduler's configuration.</summary>
internal static class RetentionSettings
{
    private const string Path = "events.retention";

    /// <param name="section">The member; may be absent.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    public static EventRetention Read(JsonNode? section, List<string> faults)
    {
        var standard = new EventRetention();
        if (section is null)
        {
            return standard;
        }

        ConfigSection.Known(section, Path, ["maxAge", "maxEvents", "maxRuns", "kinds", "maxAuditAge", "maxAuditEntries"], faults);
        return standard with
        {
            MaxAge = Age(section, Path, "maxAge", faults) ?? standard.MaxAge,
            MaxEvents = Rows(section, "maxEvents", faults) ?? standard.MaxEvents,
            MaxRuns = Rows(section, "maxRuns", faults) ?? standard.MaxRuns,
            MaxAgeByKind = Kinds(section, faults),
            MaxAuditAge = Age(section, Path, "maxAuditAge", faults) ?? standard.MaxAuditAge,
            MaxAuditEntries = Rows(section, "maxAuditEntries", faults) ?? standard.MaxAuditEntries,
        };
    }

    private static Dictionary<EventKind, TimeSpan> Kinds(JsonNode section, List<string> faults)
    {
        var ages = new Dictionary<EventKind, TimeSpan>();
        const string KindsPath = Path + ".kinds";
        if (section.Member("kinds") is not { } kinds)
        {
            return ages;
        }

        Dictionary<string, EventKind> known = Enum.GetValues<EventKind>().ToDictionary(k => JsonNamingPolicy.CamelCase.ConvertName(k.ToString()));
        ConfigSection.Known(kinds, KindsPath, [.. known.Keys], faults);
        foreach (string name in (kinds as JsonObject ?? []).Select(m => m.Key).Where(known.ContainsKey))
        {
            if (Age(kinds, KindsPath, name, faults) is { } age)
            {
                ages[known[name]] = age;
            }
        }

        return ages;
    }

    private static TimeSpan? Age(JsonNode section, string path, string key, List<string> faults)
    {
        if (section.Member(key) is null)
        {
            return null;
        }

        if (DurationText.TryParse(section.Text(key), out TimeSpan age) && age > TimeSpan.Zero)
        {
            return age;
        }

        faults.Add($"{path}.{key}: must be an age of more than zero, such as 30d or 12h");
        return null;
    }

    private static long? Rows(JsonNode section, string key, List<string> faults)
    {
        if (section.Member(key) is not null && section.Number(key) is not > 0)
        {
            faults.Add($"{Path}.{key}: must be a whole number of more than zero");
        }

        return section.Number(key) is > 0 and { } rows ? rows : null;
    }
}
