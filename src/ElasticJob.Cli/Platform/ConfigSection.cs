using System.Text.Json.Nodes;

namespace ElasticJob.Cli.Platform;

/// <summary>What all sections of a configuration share.</summary>
internal static class ConfigSection
{
    /// <summary>Adds a fault if <paramref name="section"/> is no object, and one for each member that is none of <paramref name="keys"/>.</summary>
    public static void Known(JsonNode section, string path, string[] keys, List<string> faults)
    {
        if (section is not JsonObject members)
        {
            faults.Add($"{path}: must be an object with {string.Join(", ", keys)}");
            return;
        }

        faults.AddRange(members.Select(m => m.Key).Where(k => !keys.Contains(k)).Select(k => $"{path}.{k}: is not known; known are {string.Join(", ", keys)}"));
    }
}
