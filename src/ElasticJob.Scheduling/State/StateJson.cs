using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.State;

/// <summary>The JSON of durable records and events.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(AppDefinition))]
[JsonSerializable(typeof(JobDefinition))]
[JsonSerializable(typeof(MetaRecord))]
[JsonSerializable(typeof(AppRecord))]
[JsonSerializable(typeof(JobRecord))]
[JsonSerializable(typeof(CursorRecord))]
[JsonSerializable(typeof(ExecutorRecord))]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(ShardPageRecord))]
[JsonSerializable(typeof(SchedulerEvent[]))]
[JsonSerializable(typeof(List<SchedulerEvent>))]
internal sealed partial class StateJson : JsonSerializerContext
{
    public static byte[] Write<T>(T record, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(record, type);

    public static T Read<T>(string key, byte[] value, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(value, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new StateFormatException($"The stored record '{key}' cannot be read: {e.Message}", e);
        }
    }
}
