using System.Text.Json;
using System.Text.Json.Serialization;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>Name of an app: letters, digits, <c>.</c>, <c>_</c> and <c>-</c>, beginning and ending with a letter or digit, at most 100 characters.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct AppName : IComparable<AppName>
{
    private readonly string? value;

    /// <summary>Takes a name that is known to be well-formed.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public AppName(string value) =>
        this.value = NameRule.IsName(value) ? value : throw new ArgumentException(NameRule.Fault(value), nameof(value));

    /// <summary>The name as text.</summary>
    public string Value => value ?? throw new InvalidOperationException("A default app name has no text.");

    /// <summary>Reads a name.</summary>
    public static bool TryParse(string? text, out AppName name)
    {
        bool good = NameRule.IsName(text);
        name = good ? new AppName(text!) : default;
        return good;
    }

    /// <inheritdoc/>
    public int CompareTo(AppName other) => string.CompareOrdinal(value, other.value);

    /// <inheritdoc/>
    public override string ToString() => value ?? "";

    internal sealed class Converter : JsonConverter<AppName>
    {
        public override AppName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryParse(reader.GetString(), out AppName name) ? name : throw new JsonException(NameRule.Fault(reader.GetString()));

        public override void Write(Utf8JsonWriter writer, AppName value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
