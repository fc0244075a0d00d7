using System.Text.Json.Nodes;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>A job of ElasticJob Cloud as a definition, and back; docs/elasticjob-cloud-api.md has the table.</summary>
internal static class CloudJobDocument
{
    /// <summary>Members that have a meaning.</summary>
    public static readonly IReadOnlyCollection<string> Keys =
    [
        "jobName", "appName", "jobExecutionType", "cron", "shardingTotalCount", "shardingItemParameters", "jobParameter", "cpuCount", "memoryMB",
        "failover", "misfire", "description", "disabled", "jobType", "jobClass", "beanName", "streamingProcess", "scriptCommandLine", "props",
    ];

    /// <summary>Members that the versions of ElasticJob Cloud knew and that have no counterpart.</summary>
    public static readonly IReadOnlyCollection<string> Unused =
    [
        "appURL", "bootstrapScript", "applicationContext", "jobProperties", "jobExecutorServiceHandlerType", "jobErrorHandlerType",
        "jobShardingStrategyType", "monitorExecution", "maxTimeDiffSeconds", "reconcileIntervalMinutes", "overwrite", "cronUTC",
    ];

    public static Task<CloudKeys> ReadAsync(HttpRequestBody body) => CloudKeys.ReadAsync(body, "Job", "jobName", Keys, Unused);

    /// <summary>
    /// The definition. As in ElasticJob Cloud an update replaces all of its members; what only this platform knows (time zone, retries, priority,
    /// placement, limits) stays as it is stored.
    /// </summary>
    public static JsonObject Write(CloudKeys keys, JobView? stored)
    {
        JsonObject document = stored is null ? new JsonObject { ["kind"] = "Job" } : DefinitionWriter.Write(stored.Definition);
        document["name"] = keys.Text("jobName", required: true);
        document["app"] = keys.Text("appName", required: stored is null) ?? stored?.Definition.App.Value;
        CloudWork.Write(document, keys, stored?.Definition);
        string? type = keys.Choice("jobExecutionType", ["TRANSIENT", "DAEMON"], required: true);
        Put(document, "mode", type == "DAEMON" ? "resident" : null);
        WriteSchedule(document, keys.Text("cron"), stored?.Definition);
        WriteShards(document, keys);
        Put(document, "parameter", keys.Text("jobParameter"));
        Put(document, "description", keys.Text("description"));
        document["resources"] = new JsonObject
        {
            ["cpus"] = keys.Number("cpuCount", 0.001m, required: true),
            ["memory"] = SizeText.Format((long)((keys.Number("memoryMB", 1m, required: true) ?? 0m) * 1000)),
            ["disk"] = SizeText.Format(stored?.Definition.Resources.MilliDisk ?? 0),
        };
        WritePolicy(document, keys, isResident: type == "DAEMON");
        if (keys.Has("disabled"))
        {
            document["enabled"] = !keys.Flag("disabled");
        }

        keys.Check();
        return document;
    }

    public static CloudJob Answer(JobDefinition job) => new()
    {
        JobName = job.Name.Value,
        AppName = job.App.Value,
        JobClass = (job.Work as ClassWork)?.Name,
        JobType = CloudWork.TypeOf(job.Work),
        JobExecutionType = job.Mode == JobMode.Resident ? "DAEMON" : "TRANSIENT",
        Cron = CronOf(job),
        ShardingTotalCount = job.ShardCount,
        ShardingItemParameters = ShardingItemParameters.Write(job),
        JobParameter = job.Parameter ?? "",
        CpuCount = job.Resources.Cpus,
        MemoryMB = job.Resources.MemoryMiB,
        Failover = job.Policy.Failover,
        Misfire = job.Policy.Misfire == MisfirePolicy.FireAll,
        StreamingProcess = job.Work is ClassWork { Streaming: true },
        ScriptCommandLine = job.Work is ScriptWork script ? CloudWork.LineOf(script) : "",
        Description = job.Description ?? "",
        Disabled = !job.Enabled,
        Props = CloudWork.PropertiesOf(job.Work),
    };

    /// <summary>The schedule in one text. Of a job with several, or an interval, it only shows them.</summary>
    private static string CronOf(JobDefinition job) =>
        string.Join(" | ", job.Every is { } every ? [.. job.Schedule, $"every {DurationText.Format(every)}"] : job.Schedule);

    private static void WriteSchedule(JsonObject document, string? cron, JobDefinition? stored)
    {
        // Who reads a job, changes one member and writes it back must not lose schedules that cron cannot say.
        if (stored is not null && cron == CronOf(stored))
        {
            return;
        }

        document.Remove("every");
        Put(document, "schedule", cron);
    }

    private static void WriteShards(JsonObject document, CloudKeys keys)
    {
        decimal? count = keys.Number("shardingTotalCount", 1m, required: true);
        var shards = new JsonObject { ["count"] = count };
        if (keys.Text("shardingItemParameters") is { } text)
        {
            if (ShardingItemParameters.Read(text) is { } parameters)
            {
                shards["parameters"] = parameters;
            }
            else
            {
                keys.Fault("shardingItemParameters", $"'{text}' must be items and texts such as 0=a,1=b, each item once");
            }
        }

        document["shards"] = shards;
    }

    private static void WritePolicy(JsonObject document, CloudKeys keys, bool isResident)
    {
        JsonObject policy = document["policy"] as JsonObject ?? [];
        bool misfire = keys.Flag("misfire");
        policy["misfire"] = misfire ? "fireAll" : "fireOnce";
        policy["failover"] = keys.Flag("failover");
        policy["launch"] = "allShards";

        // ElasticJob Cloud counts due times during a run when misfire is on, and keeps at most one of them when it is off.
        policy["overlap"] = misfire && !isResident ? "queueAll" : "queueOne";
        document["policy"] = policy;
    }

    private static void Put(JsonObject document, string key, string? text)
    {
        if (text is null)
        {
            document.Remove(key);
        }
        else
        {
            document[key] = text;
        }
    }
}
