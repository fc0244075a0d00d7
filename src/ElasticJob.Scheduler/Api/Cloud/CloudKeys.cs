using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>The members of an app or job as ElasticJob Cloud writes them; what is wrong with them is gathered and refused at once.</summary>
internal sealed class CloudKeys
{
    private readonly JsonObject body;
    private readonly List<DocumentFault> faults = [];
    private readonly string kind;
    private readonly string nameKey;

    private readonly List<string> unused;

    private CloudKeys(JsonObject body, string kind, string nameKey, IEnumerable<string> unused) =>
        (this.body, this.kind, this.nameKey, this.unused) = (body, kind, nameKey, [.. unused]);

    /// <summary>Members that are there and mean nothing here.</summary>
    public IReadOnlyList<string> Unused => unused;

    /// <summary>Reads the body. <paramref name="known"/> members have a meaning, <paramref name="unused"/> ones are taken and not used, others are faults.</summary>
    public static async Task<CloudKeys> ReadAsync(
        HttpRequestBody request, string kind, string nameKey, IReadOnlyCollection<string> known, IReadOnlyCollection<string> unused)
    {
        JsonObject body = Parse(await request.TextAsync());
        var keys = new CloudKeys(body, kind, nameKey, body.Select(m => m.Key).Where(unused.Contains));
        foreach (string key in body.Select(m => m.Key).Where(k => !known.Contains(k) && !unused.Contains(k)))
        {
            string? meant = known.FirstOrDefault(k => k.Equals(key, StringComparison.OrdinalIgnoreCase));
            keys.Fault(key, $"is not known here{(meant is null ? "" : $"; did you mean '{meant}'?")}");
        }

        return keys;
    }

    /// <summary>Whether the member is there with a value.</summary>
    public bool Has(string key) => body[key] is not null;

    /// <summary>The member as text; numbers and truth values are text too.</summary>
    public string? Text(string key, bool required = false)
    {
        string? text = body[key] switch
        {
            null => null,
            JsonValue value => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString(),
            _ => throw Refusal.BadRequest($"{key}: must be text."),
        };
        if (string.IsNullOrEmpty(text) && required)
        {
            Fault(key, "is missing");
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    public bool Flag(string key, bool otherwise = false)
    {
        switch (Text(key)?.ToLowerInvariant())
        {
            case null:
                return otherwise;
            case "true":
                return true;
            case "false":
                return false;
            default:
                Fault(key, "must be true or false");
                return otherwise;
        }
    }

    /// <summary>A number of at least <paramref name="least"/>.</summary>
    public decimal? Number(string key, decimal least, bool required = false)
    {
        if (Text(key, required) is not { } text)
        {
            return null;
        }

        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) && number >= least && number <= 1_000_000_000m)
        {
            return number;
        }

        Fault(key, string.Create(CultureInfo.InvariantCulture, $"'{text}' must be a number of at least {least}"));
        return null;
    }

    /// <summary>One of several words, whatever their case.</summary>
    public string? Choice(string key, IReadOnlyList<string> words, bool required = false)
    {
        if (Text(key, required) is not { } text)
        {
            return null;
        }

        string? word = words.FirstOrDefault(w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (word is null)
        {
            Fault(key, $"'{text}' is none of {string.Join(", ", words)}");
        }

        return word;
    }

    /// <summary>The members of <c>props</c>; as an object, or as the text of one.</summary>
    public Dictionary<string, string> Properties(string key)
    {
        JsonNode? node = body[key];
        if (node is JsonValue value && value.GetValueKind() == JsonValueKind.String)
        {
            string text = value.GetValue<string>();
            node = text.Length == 0 ? null : Parse(text);
        }

        if (node is null)
        {
            return [];
        }

        if (node is not JsonObject members)
        {
            Fault(key, "must be an object of names and texts");
            return [];
        }

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? member) in members)
        {
            if (member is JsonValue scalar)
            {
                texts[name] = scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString();
            }
            else if (member is not null)
            {
                Fault($"{key}.{name}", "must be text");
            }
        }

        return texts;
    }

    /// <summary>Notes that a member means nothing here.</summary>
    public void Leave(string key) => unused.Add(key);

    public void Fault(string key, string message) => faults.Add(new DocumentFault(1, kind, body[nameKey]?.ToString(), key, message));

    /// <summary>Refuses the request if anything was wrong.</summary>
    public void Check()
    {
        if (faults.Count > 0)
        {
            throw Refused(faults);
        }
    }

    /// <summary>The refusal of these faults; the first words of a script's log are the reason.</summary>
    public static Refusal Refused(IReadOnlyList<DocumentFault> faults) => new(
        422, ProblemCode.InvalidDefinition, string.Join("; ", faults.Select(f => f.Path.Length == 0 ? f.Message : $"{f.Path}: {f.Message}")), faults);

    private static JsonObject Parse(string text)
    {
        var options = new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false, AllowTrailingCommas = true };
        try
        {
            JsonNode? node;
            try
            {
                node = JsonNode.Parse(text, documentOptions: options);
            }
            catch (JsonException)
            {
                node = JsonNode.Parse(LenientJson.ToJson(text), documentOptions: options);
            }

            return node as JsonObject ?? throw Refusal.BadRequest("The body must be a JSON object.");
        }
        catch (JsonException e)
        {
            throw Refusal.BadRequest($"The body is not JSON: {e.Message.Split(" LineNumber:")[0].Split(" Path:")[0]}");
        }
    }
}
