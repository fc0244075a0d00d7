using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ElasticJob.Scheduler.Api.Documents;

/// <summary>Turns YAML or JSON text with one or many documents into nodes; the same for the API and the command line.</summary>
public static class DocumentText
{
    /// <summary>Longest text in bytes of UTF-8.</summary>
    public const int LongestBytes = 8 * 1024 * 1024;

    private const int Deepest = 64;

    /// <summary>Reads YAML 1.2 (core schema), one or many documents; JSON is YAML too.</summary>
    /// <exception cref="DocumentTextException">The text is not YAML; the message begins with line and column.</exception>
    public static IReadOnlyList<JsonNode> ReadYaml(string text)
    {
        Check(text);
        return new YamlDocuments(Deepest).Read(text);
    }

    /// <summary>Reads JSON: one document, or a list of documents.</summary>
    /// <exception cref="DocumentTextException">The text is not JSON; the message begins with line and column.</exception>
    public static IReadOnlyList<JsonNode> ReadJson(string text)
    {
        Check(text);
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions
            {
                MaxDepth = Deepest,
                AllowDuplicateProperties = false,
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            });
        }
        catch (JsonException e)
        {
            string message = e.Message.Split(" LineNumber:")[0].Split(" Path:")[0];
            throw new DocumentTextException($"this is not JSON: {message}", (e.LineNumber ?? 0) + 1, (e.BytePositionInLine ?? 0) + 1);
        }

        return node switch
        {
            null => [],
            JsonArray list => [.. list.Select((item, i) => item?.DeepClone() ?? throw new DocumentTextException($"item {i + 1} of the list is null"))],
            _ => [node],
        };
    }

    private static void Check(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > LongestBytes)
        {
            throw new DocumentTextException($"the text is larger than {LongestBytes / (1024 * 1024)} MiB; apply it in parts");
        }
    }
}
