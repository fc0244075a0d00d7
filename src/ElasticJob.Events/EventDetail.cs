using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>The members of an event that have no column of their own; stored as JSON.</summary>
internal sealed record EventDetail
{
    public long? Version { get; init; }

    public Trigger? Trigger { get; init; }

    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? DueUntil { get; init; }

    public int? DueCount { get; init; }

    public int? ShardCount { get; init; }

    public int? Attempt { get; init; }

    public long? FencingToken { get; init; }

    public string? Agent { get; init; }

    public string? Hostname { get; init; }

    public string? AgentAddress { get; init; }

    public string? Executor { get; init; }

    public TaskState? State { get; init; }

    public Outcome? Outcome { get; init; }

    public string? Source { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public TaskFailure? Failure { get; init; }

    public double? Progress { get; init; }

    public string? ProgressText { get; init; }

    public string? Sandbox { get; init; }

    public string? Log { get; init; }

    public IReadOnlyList<string>? LastLines { get; init; }

    public ExecutionReport? Execution { get; init; }

    public string? Actor { get; init; }

    public static EventDetail Of(SchedulerEvent e) => new()
    {
        Version = e.Version,
        Trigger = e.Trigger,
        DueAt = e.DueAt,
        DueUntil = e.DueUntil,
        DueCount = e.DueCount,
        ShardCount = e.ShardCount,
        Attempt = e.Attempt,
        FencingToken = e.FencingToken,
        Agent = e.Agent,
        Hostname = e.Hostname,
        AgentAddress = e.AgentAddress,
        Executor = e.Executor,
        State = e.State,
        Outcome = e.Outcome,
        Source = e.Source,
        Reason = e.Reason,
        Message = e.Message,
        Failure = e.Failure,
        Progress = e.Progress,
        ProgressText = e.ProgressText,
        Sandbox = e.Sandbox,
        Log = e.Log,
        LastLines = e.LastLines,
        Execution = e.Execution,
        Actor = e.Actor,
    };

    public SchedulerEvent Complete(SchedulerEvent columns) => columns with
    {
        Version = Version,
        Trigger = Trigger,
        DueAt = DueAt,
        DueUntil = DueUntil,
        DueCount = DueCount,
        ShardCount = ShardCount,
        Attempt = Attempt,
        FencingToken = FencingToken,
        Agent = Agent,
        Hostname = Hostname,
        AgentAddress = AgentAddress,
        Executor = Executor,
        State = State,
        Outcome = Outcome,
        Source = Source,
        Reason = Reason,
        Message = Message,
        Failure = Failure,
        Progress = Progress,
        ProgressText = ProgressText,
        Sandbox = Sandbox,
        Log = Log,
        LastLines = LastLines,
        Execution = Execution,
        Actor = Actor,
    };
}

/// <summary>The JSON of <see cref="EventDetail"/>: camel case, enums by name in camel case, absent rather than null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(CamelCase<Trigger>), typeof(CamelCase<TaskState>), typeof(CamelCase<Outcome>), typeof(CamelCase<FailureKind>),
        typeof(CamelCase<ExecutionOutcome>),
    ])]
[JsonSerializable(typeof(EventDetail))]
[JsonSerializable(typeof(TaskFailure))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<AuditChange>))]
internal sealed partial class EventJson : JsonSerializerContext
{
    public static string Detail(SchedulerEvent e) => JsonSerializer.Serialize(Events.EventDetail.Of(e), Default.EventDetail);

    public static void WriteDetail(Utf8JsonWriter writer, SchedulerEvent e) =>
        JsonSerializer.Serialize(writer, Events.EventDetail.Of(e), Default.EventDetail);

    public static EventDetail ReadDetail(string json) => JsonSerializer.Deserialize(json, Default.EventDetail)!;

    public static string? Failure(TaskFailure? failure) => failure is null ? null : JsonSerializer.Serialize(failure, Default.TaskFailure);

    public static TaskFailure? ReadFailure(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Default.TaskFailure);

    public static string? Lines(IReadOnlyList<string>? lines) => lines is null ? null : JsonSerializer.Serialize(lines, Default.IReadOnlyListString);

    public static IReadOnlyList<string>? ReadLines(string? json) => json is null ? null : JsonSerializer.Deserialize(json, Default.IReadOnlyListString);

    public static string Changes(IReadOnlyList<AuditChange> changes) => JsonSerializer.Serialize(changes, Default.IReadOnlyListAuditChange);

    public static IReadOnlyList<AuditChange> ReadChanges(string json) => JsonSerializer.Deserialize(json, Default.IReadOnlyListAuditChange) ?? [];

    private sealed class CamelCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
        where T : struct, Enum;
}
