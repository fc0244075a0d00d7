using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace ElasticJob.Cli.Output;

/// <summary>Reading members of JSON values without ceremony; what is absent or of another kind is <see langword="null"/>.</summary>
internal static class Json
{
    /// <summary>For people and files, not for HTML: non-ASCII and quotes stay as they are.</summary>
    public static readonly JsonSerializerOptions Relaxed = Create(indented: false);

    public static readonly JsonSerializerOptions Indented = Create(indented: true);

    public static string? Text(this JsonNode? node, string member) => node.Member(member) switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonValue value => value.ToJsonString(Relaxed),
        _ => null,
    };

    public static DateTimeOffset? Time(this JsonNode? node, string member) =>
        node.Member(member) is JsonValue value && value.TryGetValue(out DateTimeOffset time) ? time : null;

    public static long? Number(this JsonNode? node, string member) =>
        node.Member(member) is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out long number) ? number : null;

    public static double? Fraction(this JsonNode? node, string member) =>
        node.Member(member) is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number) ? number : null;

    public static bool? Flag(this JsonNode? node, string member) =>
        node.Member(member) is JsonValue value && value.GetValueKind() is JsonValueKind.True or JsonValueKind.False
            ? node.Member(member)!.GetValue<bool>()
            : null;

    public static IEnumerable<JsonNode> Items(this JsonNode? node, string member) =>
        node.Member(member) is JsonArray list ? list.OfType<JsonNode>() : [];

    public static JsonNode? Member(this JsonNode? node, string member) => (node as JsonObject)?[member];

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };
}
