using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ElasticJob.Scheduler.Api.Documents;

/// <summary>
/// Reads YAML from its parser's events. Anchors are allowed, aliases count what they copy: text that would grow a thousandfold is refused.
/// </summary>
internal sealed class YamlDocuments(int deepest)
{
    private const int MostNodes = 500_000;

    private readonly Dictionary<string, JsonNode?> anchors = new(StringComparer.Ordinal);
    private int nodes;

    public IReadOnlyList<JsonNode> Read(string text)
    {
        var documents = new List<JsonNode>();
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            while (parser.TryConsume<DocumentStart>(out _))
            {
                anchors.Clear();
                if (Node(parser, 0) is { } document)
                {
                    documents.Add(document);
                }

                parser.Consume<DocumentEnd>();
            }
        }
        catch (YamlException e)
        {
            throw At($"this is not YAML: {(e.InnerException ?? e).Message}", e.Start);
        }

        return documents;
    }

    private JsonNode? Node(Parser parser, int depth)
    {
        Mark place = parser.Current!.Start;
        if (depth > deepest)
        {
            throw At($"it is nested deeper than {deepest} levels", place);
        }

        Count(1, place);
        if (parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            JsonNode? value = Value(scalar);
            Remember(scalar, value);
            return value;
        }

        if (parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            if (!anchors.TryGetValue(alias.Value.Value, out JsonNode? target))
            {
                throw At($"there is no anchor &{alias.Value.Value} before this alias", place);
            }

            Count(Size(target), place);
            return target?.DeepClone();
        }

        if (parser.TryConsume<SequenceStart>(out SequenceStart? list))
        {
            var array = new JsonArray();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                array.Add(Node(parser, depth + 1));
            }

            Remember(list, array);
            return array;
        }

        MappingStart start = parser.Consume<MappingStart>();
        var mapping = new JsonObject();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            Mark keyPlace = parser.Current!.Start;
            if (!parser.TryConsume<Scalar>(out Scalar? key))
            {
                throw At("a key must be plain text", keyPlace);
            }

            if (mapping.ContainsKey(key.Value))
            {
                throw At($"the key '{key.Value}' is there twice", keyPlace);
            }

            mapping.Add(key.Value, Node(parser, depth + 1));
        }

        Remember(start, mapping);
        return mapping;
    }

    private void Remember(NodeEvent node, JsonNode? value)
    {
        if (!node.Anchor.IsEmpty)
        {
            anchors[node.Anchor.Value] = value;
        }
    }

    private void Count(int more, Mark place)
    {
        nodes += more;
        if (nodes > MostNodes)
        {
            throw At($"it holds more than {MostNodes} values once its aliases are filled in", place);
        }
    }

    private static int Size(JsonNode? node) => node switch
    {
        JsonObject mapping => 1 + mapping.Sum(e => Size(e.Value)),
        JsonArray list => 1 + list.Sum(Size),
        _ => 1,
    };

    private static DocumentTextException At(string message, Mark place) => new(message, place.Line, place.Column);

    // The core schema of YAML 1.2. Numbers with leading zeros stay text: 007 is a name far more often than it is seven.
    private static JsonNode? Value(Scalar scalar)
    {
        string text = scalar.Value;
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || scalar.Tag == "tag:yaml.org,2002:str")
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ => Number(text) ?? JsonValue.Create(text),
        };
    }

    private static JsonNode? Number(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal) && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex))
        {
            return JsonValue.Create(hex);
        }

        if (text.Length > 40 || !(char.IsAsciiDigit(text[^1]) && text[0] is '-' or (>= '0' and <= '9')))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
