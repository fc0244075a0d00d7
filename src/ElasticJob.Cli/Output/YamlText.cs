using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ElasticJob.Cli.Output;

/// <summary>Writes a JSON value as YAML 1.2 block text. Strings are quoted exactly where a YAML reader would take them for something else.</summary>
internal static class YamlText
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", ".nan", ".inf", "-.inf", "+.inf",
    };

    public static string Write(JsonNode? value)
    {
        var text = new StringBuilder();
        WriteValue(text, value, 0, afterKey: false);
        return text.ToString();
    }

    /// <summary>Several documents, each but the first introduced by <c>---</c>.</summary>
    public static string WriteDocuments(IEnumerable<JsonNode> documents) => string.Join("---\n", documents.Select(Write));

    public static string Scalar(string text) => IsPlain(text) ? text : JsonSerializer.Serialize(text, Json.Relaxed);

    private static void WriteValue(StringBuilder text, JsonNode? value, int indent, bool afterKey)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                WriteMap(text, map, indent, afterKey);
                break;
            case JsonArray { Count: > 0 } list:
                WriteList(text, list, indent, afterKey);
                break;
            default:
                string scalar = ScalarOf(value, indent);
                text.Append(afterKey ? " " : "").Append(scalar).Append('\n');
                break;
        }
    }

    private static void WriteMap(StringBuilder text, JsonObject map, int indent, bool afterKey)
    {
        bool first = true;
        if (afterKey)
        {
            text.Append('\n');
        }

        foreach ((string key, JsonNode? member) in map)
        {
            // The first key of a map inside a list stands on the line of the dash.
            text.Append(' ', first && !afterKey ? 0 : indent).Append(Scalar(key)).Append(':');
            WriteValue(text, member, indent + 2, afterKey: true);
            first = false;
        }
    }

    private static void WriteList(StringBuilder text, JsonArray list, int indent, bool afterKey)
    {
        if (afterKey)
        {
            text.Append('\n');
        }

        bool first = true;
        foreach (JsonNode? item in list)
        {
            text.Append(' ', first && !afterKey ? 0 : indent).Append("- ");
            WriteValue(text, item, indent + 2, afterKey: false);
            first = false;
        }
    }

    private static string ScalarOf(JsonNode? value, int indent) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray => "[]",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Text(v.GetValue<string>(), indent),
        _ => value.ToJsonString(Json.Relaxed),
    };

    /// <summary>Scripts of several lines stay readable: a literal block, where its rules allow it.</summary>
    private static string Text(string text, int indent)
    {
        bool block = text.Contains('\n', StringComparison.Ordinal) && !char.IsWhiteSpace(text[0])
            && !text.Any(c => c != '\n' && c != '\t' && char.IsControl(c)) && text.TrimEnd('\n').Length > 0;
        if (!block)
        {
            return Scalar(text);
        }

        string body = text.TrimEnd('\n');
        int newlines = text.Length - body.Length;
        if (newlines > 1)
        {
            return JsonSerializer.Serialize(text, Json.Relaxed);
        }

        string margin = new(' ', Math.Max(indent, 2));
        return (newlines == 0 ? "|-" : "|") + string.Concat(body.Split('\n').Select(line => line.Length == 0 ? "\n" : "\n" + margin + line));
    }

    private static bool IsPlain(string text)
    {
        if (text.Length == 0 || Reserved.Contains(text) || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return false;
        }

        if ("-?:,[]{}#&*!|>'\"%@`=<+.".Contains(text[0], StringComparison.Ordinal) || char.IsAsciiDigit(text[0]))
        {
            return char.IsAsciiDigit(text[0]) && IsPlainAfterDigit(text) && HasPlainBody(text);
        }

        return HasPlainBody(text);
    }

    /// <summary><c>30s</c> and <c>2s..1m</c> are text; <c>3</c>, <c>0x1F</c>, <c>1e3</c>, <c>12:30</c>, <c>2026-11-21</c> may be read as something else.</summary>
    private static bool IsPlainAfterDigit(string text) =>
        !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        && char.IsAsciiLetter(text[^1]) && !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        && !text.StartsWith("0o", StringComparison.OrdinalIgnoreCase) && !text.Contains(':', StringComparison.Ordinal);

    private static bool HasPlainBody(string text) =>
        !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal) && text[^1] != ':'
        && !text.Any(char.IsControl) && !text.Contains('\u2028', StringComparison.Ordinal) && !text.Contains('\u2029', StringComparison.Ordinal)
        && !text.Contains('\u0085', StringComparison.Ordinal) && !text.Contains('\ufeff', StringComparison.Ordinal);
}
