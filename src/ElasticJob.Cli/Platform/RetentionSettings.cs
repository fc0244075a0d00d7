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
        Dictionary<EventKind, (TimeSpan? Age, long? Rows)> kinds = Kinds(section, faults);
        return standard with
        {
            MaxAge = Age(section, Path, "maxAge", faults) ?? standard.MaxAge,
            MaxEvents = Rows(section, Path, "maxEvents", faults) ?? standard.MaxEvents,
            MaxRuns = Rows(section, Path, "maxRuns", faults) ?? standard.MaxRuns,
            MaxAgeByKind = kinds.Where(k => k.Value.Age is not null).ToDictionary(k => k.Key, k => k.Value.Age!.Value),
            MaxRowsByKind = kinds.Where(k => k.Value.Rows is not null).ToDictionary(k => k.Key, k => k.Value.Rows!.Value),
            MaxAuditAge = Age(section, Path, "maxAuditAge", faults) ?? standard.MaxAuditAge,
            MaxAuditEntries = Rows(section, Path, "maxAuditEntries", faults) ?? standard.MaxAuditEntries,
        };
    }

    /// <summary>Of each kind an age alone (<c>"7d"</c>), or <c>{ "maxAge": "7d", "maxRows": 100000 }</c>.</summary>
    private static Dictionary<EventKind, (TimeSpan? Age, long? Rows)> Kinds(JsonNode section, List<string> faults)
    {
        var limits = new Dictionary<EventKind, (TimeSpan?, long?)>();
        const string KindsPath = Path + ".kinds";
        if (section.Member("kinds") is not { } kinds)
        {
            return limits;
        }

        Dictionary<string, EventKind> known = Enum.GetValues<EventKind>().ToDictionary(k => JsonNamingPolicy.CamelCase.ConvertName(k.ToString()));
        ConfigSection.Known(kinds, KindsPath, [.. known.Keys], faults);
        foreach (string name in (kinds as JsonObject ?? []).Select(m => m.Key).Where(known.ContainsKey))
        {
            string path = $"{KindsPath}.{name}";
            if (known[name] == EventKind.Audited)
            {
                faults.Add($"{path}: is the audit log; set {Path}.maxAuditAge and {Path}.maxAuditEntries instead");
            }
            else if (kinds.Member(name) is JsonObject limit)
            {
                ConfigSection.Known(limit, path, ["maxAge", "maxRows"], faults);
                limits[known[name]] = (Age(limit, path, "maxAge", faults), Rows(limit, path, "maxRows", faults));
            }
            else if (Age(kinds, KindsPath, name, faults) is { } age)
            {
                limits[known[name]] = (age, null);
            }
        }

        return limits;
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

    private static long? Rows(JsonNode section, string path, string key, List<string> faults)
    {
        if (section.Member(key) is not null && section.Number(key) is not > 0)
        {
            faults.Add($"{path}.{key}: must be a whole number of more than zero");
        }

        return section.Number(key) is > 0 and { } rows ? rows : null;
    }
}
