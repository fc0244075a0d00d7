using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>The JSON of ElasticJob Cloud's API: camel case, absent rather than null, times in ISO 8601.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcInstantConverter)])]
[JsonSerializable(typeof(CloudApp))]
[JsonSerializable(typeof(CloudApp[]))]
[JsonSerializable(typeof(CloudJob))]
[JsonSerializable(typeof(CloudJob[]))]
[JsonSerializable(typeof(CloudTask[]))]
[JsonSerializable(typeof(CloudReadyTask[]))]
[JsonSerializable(typeof(CloudFailoverTask[]))]
[JsonSerializable(typeof(CloudRows<ExecutionLogRow>))]
[JsonSerializable(typeof(CloudRows<StatusTraceRow>))]
[JsonSerializable(typeof(CloudTaskResults))]
[JsonSerializable(typeof(CloudTaskResults[]))]
[JsonSerializable(typeof(CloudRunning[]))]
[JsonSerializable(typeof(CloudRegistered[]))]
[JsonSerializable(typeof(CloudJobTypes))]
[JsonSerializable(typeof(CloudExecutionTypes))]
[JsonSerializable(typeof(CloudSandbox[]))]
[JsonSerializable(typeof(CloudLoginRequest))]
[JsonSerializable(typeof(CloudLoginAnswer))]
[JsonSerializable(typeof(bool))]
internal sealed partial class CloudJson : JsonSerializerContext;
