using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ElasticJob.Execution;

/// <summary>The context as scripts get it: in variables and in a JSON file, never in the text of the command.</summary>
internal sealed record ScriptContext(
    string Job, string Run, string Task, int Shard, int ShardCount, string? ShardParameter, string? JobParameter, string ScheduledAt,
    string Trigger, int Attempt, long FencingToken)
{
    public static ScriptContext Of(ShardingContext context) => new(
        context.JobName,
        context.RunId,
        context.TaskId,
        context.ShardingItem,
        context.ShardingTotalCount,
        context.ShardingParameter,
        context.JobParameter,
        context.ScheduledAt.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        context.Trigger.ToString().ToLowerInvariant(),
        context.Attempt,
        context.FencingToken);

    /// <summary>Name and value of each member that is set; names as in <c>SHARD_COUNT</c>.</summary>
    public IEnumerable<(string Name, string Value)> Members()
    {
        yield return ("JOB", Job);
        yield return ("RUN", Run);
        yield return ("TASK", Task);
        yield return ("SHARD", Shard.ToString(CultureInfo.InvariantCulture));
        yield return ("SHARD_COUNT", ShardCount.ToString(CultureInfo.InvariantCulture));
        yield return ("SCHEDULED_AT", ScheduledAt);
        yield return ("TRIGGER", Trigger);
        yield return ("ATTEMPT", Attempt.ToString(CultureInfo.InvariantCulture));
        yield return ("FENCING_TOKEN", FencingToken.ToString(CultureInfo.InvariantCulture));
        if (ShardParameter is not null)
        {
            yield return ("SHARD_PARAMETER", ShardParameter);
        }

        if (JobParameter is not null)
        {
            yield return ("JOB_PARAMETER", JobParameter);
        }
    }

    /// <summary>Writes the JSON file, readable by this user alone.</summary>
    public void WriteTo(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        JsonSerializer.Serialize(file, this, ScriptContextJson.Default.ScriptContext);
    }
}

/// <summary>The JSON of the context file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScriptContext))]
internal sealed partial class ScriptContextJson : JsonSerializerContext;
