using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>The parameters of shards in one text: <c>0=Beijing,1=Shanghai</c>.</summary>
internal static class ShardingItemParameters
{
    /// <summary>The parameters by shard; null when the text is in another form.</summary>
    public static JsonObject? Read(string text)
    {
        var parameters = new JsonObject();
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !int.TryParse(pair.AsSpan(0, equals).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int item)
                || !parameters.TryAdd(item.ToString(CultureInfo.InvariantCulture), pair[(equals + 1)..].Trim()))
            {
                return null;
            }
        }

        return parameters;
    }

    public static string Write(JobDefinition job) =>
        string.Join(',', job.ShardParameters.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}")));
}
