using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>The JSON of the API: camel case, enums by name in camel case, absent rather than null, instants in UTC.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    PropertyNameCaseInsensitive = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters =
    [
        typeof(CamelCaseEnumConverter<AccessRole>),
        typeof(CamelCaseEnumConverter<EventKind>),
        typeof(CamelCaseEnumConverter<ExecutionOutcome>),
        typeof(CamelCaseEnumConverter<FailureKind>),
        typeof(CamelCaseEnumConverter<JobMode>),
        typeof(CamelCaseEnumConverter<JobState>),
        typeof(CamelCaseEnumConverter<Outcome>),
        typeof(CamelCaseEnumConverter<RunState>),
        typeof(CamelCaseEnumConverter<ShardState>),
        typeof(CamelCaseEnumConverter<TaskState>),
        typeof(CamelCaseEnumConverter<Trigger>),
        typeof(UtcInstantConverter),
    ])]
[JsonSerializable(typeof(AgentAnswer[]))]
[JsonSerializable(typeof(AppAnswer))]
[JsonSerializable(typeof(AppliedDocument))]
[JsonSerializable(typeof(ApplyAnswer))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(ExecutorAnswer[]))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ImportAnswer))]
[JsonSerializable(typeof(JobAnswer))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonObject[]))]
[JsonSerializable(typeof(KillRequest))]
[JsonSerializable(typeof(LinkAnswer))]
[JsonSerializable(typeof(DeclareLostRequest))]
[JsonSerializable(typeof(NextAnswer))]
[JsonSerializable(typeof(OfferAnswer[]))]
[JsonSerializable(typeof(Page<AppAnswer>))]
[JsonSerializable(typeof(Page<AuditAnswer>))]
[JsonSerializable(typeof(Page<JobAnswer>))]
[JsonSerializable(typeof(Page<LedgerEntry>))]
[JsonSerializable(typeof(Page<RunAnswer>))]
[JsonSerializable(typeof(Page<TokenAnswer>))]
[JsonSerializable(typeof(Page<UserAnswer>))]
[JsonSerializable(typeof(PasswordRequest))]
[JsonSerializable(typeof(Page<SchedulerEvent>))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(RunStatistics))]
[JsonSerializable(typeof(ScheduleAnswer))]
[JsonSerializable(typeof(SchedulerEvent))]
[JsonSerializable(typeof(Page<TaskAnswer>))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TriggerAnswer))]
[JsonSerializable(typeof(TriggerRequest))]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(UserRequest))]
[JsonSerializable(typeof(ValidationAnswer))]
[JsonSerializable(typeof(WhyAnswer))]
public sealed partial class ApiJson : JsonSerializerContext;

/// <summary>Enums by name in camel case; numbers are refused.</summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;

/// <summary>Instants in ISO 8601, always UTC and with <c>Z</c>.</summary>
public sealed class UtcInstantConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
