using System.Text.Json;
using System.Text.Json.Nodes;

namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>
/// One mapping of a document while it is read: hands out typed values, notes a fault with its path where a value is wrong, and in the end
/// names the keys that nobody asked for.
/// </summary>
internal sealed class Section(JsonObject node, string path, List<DefinitionFault> faults)
{
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    public void Fault(string key, string message) => faults.Add(new DefinitionFault(key.Length == 0 ? path : PathOf(key), message));

    /// <summary>Whether the key is there with a value; an explicit null counts as absent.</summary>
    public bool Has(string key) => Take(key) is not null;

    public JsonNode? Take(string key)
    {
        known.Add(key);
        return node.TryGetPropertyValue(key, out JsonNode? value) ? value : null;
    }

    public string? Text(string key, bool required = false)
    {
        JsonNode? value = Take(key);
        if (value is null)
        {
            if (required)
            {
                Fault(key, "is missing");
            }

            return null;
        }

        if (Scalar(value) is not { } text)
        {
            Fault(key, $"must be text, not {Shape(value)}");
            return null;
        }

        if (required && text.Length == 0)
        {
            Fault(key, "must not be empty");
            return null;
        }

        return text;
    }

    public bool Flag(string key, bool otherwise)
    {
        JsonNode? value = Take(key);
        switch (value?.GetValueKind())
        {
            case null:
                return otherwise;
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                Fault(key, $"must be true or false, not {Shown(value)}");
                return otherwise;
        }
    }

    public int Whole(string key, int otherwise, int least, int most, string? what = null)
    {
        JsonNode? value = Take(key);
        if (value is null)
        {
            return otherwise;
        }

        if (value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue(out double number) && number == Math.Floor(number)
            && number >= least && number <= most)
        {
            return (int)number;
        }

        Fault(key, $"must be a whole number from {least} to {most}{what}, not {Shown(value)}");
        return otherwise;
    }

    public TimeSpan? Duration(string key, TimeSpan least, TimeSpan most)
    {
        JsonNode? value = Take(key);
        if (value is null)
        {
            return null;
        }

        if (value.GetValueKind() != JsonValueKind.String || !DurationText.TryParse(value.GetValue<string>(), out TimeSpan duration))
        {
            Fault(key, $"must be a duration such as 500ms, 30s, 10m or 1h30m, not {Shown(value)}");
            return null;
        }

        if (duration < least || duration > most)
        {
            Fault(key, $"must be between {DurationText.Format(least)} and {DurationText.Format(most)}, not {DurationText.Format(duration)}");
            return null;
        }

        return duration;
    }

    public TEnum Choice<TEnum>(string key, TEnum otherwise)
        where TEnum : struct, Enum
    {
        if (Text(key) is not { } text)
        {
            return otherwise;
        }

        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            if (NameOf(value) == text)
            {
                return value;
            }
        }

        string[] names = [.. Enum.GetValues<TEnum>().Select(NameOf)];
        string? meant = DidYouMean.Closest(text, names);
        Fault(key, $"'{text}' is none of {string.Join(", ", names)}{(meant is null ? "" : $"; did you mean '{meant}'?")}");
        return otherwise;
    }

    /// <summary>Whether a mapping is below, and not a plain value.</summary>
    public bool HasMapping(string key) => Take(key) is JsonObject;

    /// <summary>A mapping below; absent or of another shape (noted as a fault): null.</summary>
    public Section? Below(string key)
    {
        JsonNode? value = Take(key);
        if (value is null)
        {
            return null;
        }

        if (value is JsonObject mapping)
        {
            return new Section(mapping, PathOf(key), faults);
        }

        Fault(key, $"must be a mapping (key: value), not {Shape(value)}");
        return null;
    }

    /// <summary>The items of a list; a single scalar counts as a list of one.</summary>
    public IEnumerable<(string Key, string Text)> Texts(string key)
    {
        JsonNode? value = Take(key);
        if (value is null)
        {
            yield break;
        }

        if (value is not JsonArray list)
        {
            if (Scalar(value) is { } single)
            {
                yield return (key, single);
            }
            else
            {
                Fault(key, $"must be text or a list of texts, not {Shape(value)}");
            }

            yield break;
        }

        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] is { } item && Scalar(item) is { } text)
            {
                yield return ($"{key}[{i}]", text);
            }
            else
            {
                Fault($"{key}[{i}]", $"must be text, not {(list[i] is { } wrong ? Shape(wrong) : "nothing")}");
            }
        }
    }

    /// <summary>All entries of a mapping whose keys are free, such as an environment.</summary>
    public IEnumerable<KeyValuePair<string, JsonNode?>> Entries()
    {
        foreach (KeyValuePair<string, JsonNode?> entry in node)
        {
            known.Add(entry.Key);
            yield return entry;
        }
    }

    /// <summary>Notes the keys that nobody asked for.</summary>
    public void Close()
    {
        foreach (KeyValuePair<string, JsonNode?> entry in node)
        {
            if (!known.Contains(entry.Key))
            {
                string? meant = DidYouMean.Closest(entry.Key, known);
                Fault(entry.Key, $"is not a key here; {(meant is null ? $"known are {string.Join(", ", known.Order(StringComparer.Ordinal))}" : $"did you mean '{meant}'?")}");
            }
        }
    }

    /// <summary>Text, number or boolean as text; null for lists and mappings.</summary>
    public static string? Scalar(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
        _ => null,
    };

    public static string NameOf<TEnum>(TEnum value)
        where TEnum : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string Shape(JsonNode value) => value switch
    {
        JsonObject => "a mapping",
        JsonArray => "a list",
        _ => Shown(value),
    };

    private static string Shown(JsonNode value)
    {
        if (value is JsonObject or JsonArray)
        {
            return Shape(value);
        }

        string text = value.GetValueKind() == JsonValueKind.String ? $"the text '{value.GetValue<string>()}'" : value.ToJsonString();
        return text.Length <= 80 ? text : text[..80] + "…";
    }
}
