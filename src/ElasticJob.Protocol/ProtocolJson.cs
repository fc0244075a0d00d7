using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;

namespace ElasticJob.Protocol;

/// <summary>The JSON of orders and reports: camel case, enums by name, absent rather than null, unknown members ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(TaskOrder))]
[JsonSerializable(typeof(TaskReport))]
public sealed partial class ProtocolJson : JsonSerializerContext
{
    /// <summary>Writes an order for the data of a task.</summary>
    public static byte[] Write(TaskOrder order) => JsonSerializer.SerializeToUtf8Bytes(order, Default.TaskOrder);

    /// <summary>Writes a report for the data of a status update.</summary>
    public static byte[] Write(TaskReport report) => JsonSerializer.SerializeToUtf8Bytes(report, Default.TaskReport);

    /// <summary>Reads an order.</summary>
    /// <exception cref="JsonException">The bytes are not an order.</exception>
    public static TaskOrder ReadOrder(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.TaskOrder) ?? throw new JsonException("The task order is null.");

    /// <summary>Reads a report.</summary>
    /// <exception cref="JsonException">The bytes are not a report.</exception>
    public static TaskReport ReadReport(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Default.TaskReport) ?? throw new JsonException("The task report is null.");
}
