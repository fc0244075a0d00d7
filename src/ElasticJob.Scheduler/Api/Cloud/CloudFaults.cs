using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>Faults of a definition, told with the names that ElasticJob Cloud's callers wrote.</summary>
internal static class CloudFaults
{
    private static readonly (string Path, string Key)[] JobKeys =
    [
        ("name", "jobName"), ("app", "appName"), ("class", "jobClass"), ("script", "scriptCommandLine"), ("http", "props"),
        ("streaming", "streamingProcess"), ("mode", "jobExecutionType"), ("schedule", "cron"), ("shards.parameters", "shardingItemParameters"),
        ("shards", "shardingTotalCount"), ("parameter", "jobParameter"), ("resources.cpus", "cpuCount"), ("resources.memory", "memoryMB"),
        ("policy.misfire", "misfire"), ("policy.failover", "failover"),
    ];

    private static readonly (string Path, string Key)[] AppKeys =
    [
        ("name", "appName"), ("package", "appURL"), ("command", "bootstrapScript"), ("resources.cpus", "cpuCount"), ("resources.memory", "memoryMB"),
    ];

    /// <summary>Stores one definition over the version that was seen (0: none); a refusal is told in the caller's words.</summary>
    public static async Task ApplyAsync(Applying applying, HttpContext context, JsonObject document, string key, long version)
    {
        try
        {
            // Parsed once more: the reader knows values as they come from texts.
            await applying.ApplyAsync(
                [JsonNode.Parse(document.ToJsonString())!],
                Requests.ActorOf(context),
                Requests.ScopeOf(context),
                dryRun: false,
                new Dictionary<string, long> { [key] = version },
                context.RequestAborted);
        }
        catch (Refusal e) when (e.Code == ProblemCode.VersionMismatch)
        {
            // These callers name no version: somebody else was faster, or what was there before is still being ended.
            throw new Refusal(409, ProblemCode.Conflict, e.Message);
        }
        catch (Refusal e) when (e.Faults is { } faults)
        {
            throw CloudKeys.Refused([.. faults.Select(f => f with { Path = KeyOf(f) })]);
        }
    }

    private static string KeyOf(DocumentFault fault)
    {
        foreach ((string path, string key) in fault.Kind == "App" ? AppKeys : JobKeys)
        {
            if (fault.Path == path || (fault.Path.StartsWith(path, StringComparison.Ordinal) && fault.Path[path.Length] is '.' or '['))
            {
                return key;
            }
        }

        return fault.Path;
    }
}
