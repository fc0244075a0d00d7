using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>An app of ElasticJob Cloud as a definition, and back.</summary>
internal static class CloudAppDocument
{
    /// <summary>Members that have a meaning.</summary>
    public static readonly IReadOnlyCollection<string> Keys = ["appName", "appURL", "bootstrapScript", "cpuCount", "memoryMB"];

    /// <summary>Packages are always cached, by their content; every execution of a resident job is recorded.</summary>
    public static readonly IReadOnlyCollection<string> Unused = ["appCacheEnable", "eventTraceSamplingCount"];

    public static Task<CloudKeys> ReadAsync(HttpRequestBody body) => CloudKeys.ReadAsync(body, "App", "appName", Keys, Unused);

    /// <summary>The definition. Members that are absent keep what is stored, or have ElasticJob Cloud's default.</summary>
    public static JsonObject Write(CloudKeys keys, AppView? stored)
    {
        bool isNew = stored is null;
        JsonObject document = stored is null ? new JsonObject { ["kind"] = "App" } : DefinitionWriter.Write(stored.Definition);
        document["name"] = keys.Text("appName", required: true);
        if (keys.Text("appURL", required: isNew) is { } url)
        {
            document["package"] = url;
            document.Remove("checksum");
        }

        if (keys.Text("bootstrapScript", required: isNew) is { } command)
        {
            document["command"] = command;
        }

        decimal? cpus = keys.Number("cpuCount", 0m);
        decimal? memory = keys.Number("memoryMB", 0m);
        if (isNew || cpus is not null || memory is not null)
        {
            document["resources"] = new JsonObject
            {
                ["cpus"] = cpus ?? (stored is null ? 1m : stored.Definition.Resources.MilliCpus / 1000m),
                ["memory"] = SizeText.Format((long)((memory ?? (stored is null ? 128m : stored.Definition.Resources.MilliMemory / 1000m)) * 1000)),
                ["disk"] = SizeText.Format(stored?.Definition.Resources.MilliDisk ?? 0),
            };
        }

        keys.Check();
        return document;
    }

    public static CloudApp Answer(AppDefinition app) => new()
    {
        AppName = app.Name.Value,
        AppURL = app.Package ?? app.Image ?? "",
        BootstrapScript = app.Command ?? "",
        CpuCount = app.Resources.Cpus,
        MemoryMB = app.Resources.MemoryMiB,
    };
}
