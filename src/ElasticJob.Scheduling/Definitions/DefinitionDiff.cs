using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>Compares two definitions in their canonical form, field by field.</summary>
public static class DefinitionDiff
{
    /// <summary>What differs; everything, when there was nothing before.</summary>
    public static IReadOnlyList<FieldDifference> Between(JsonObject? old, JsonObject @new)
    {
        var differences = new List<FieldDifference>();
        Compare("", old ?? [], @new, differences);
        return differences;
    }

    private static void Compare(string path, JsonObject old, JsonObject @new, List<FieldDifference> differences)
    {
        foreach (string key in old.Select(e => e.Key).Union(@new.Select(e => e.Key)))
        {
            string below = path.Length == 0 ? key : $"{path}.{key}";
            JsonNode? before = old[key];
            JsonNode? after = @new[key];
            if (JsonNode.DeepEquals(before, after))
            {
                continue;
            }

            if (before is JsonObject or null && after is JsonObject or null && (before ?? after) is not null)
            {
                Compare(below, before as JsonObject ?? [], after as JsonObject ?? [], differences);
            }
            else
            {
                differences.Add(new FieldDifference(below, before?.DeepClone(), after?.DeepClone()));
            }
        }
    }
}
