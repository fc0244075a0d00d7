using System.Text.Json;
using System.Text.Json.Serialization;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>One of the schedulers that share the lead, as it describes itself.</summary>
public sealed record Member
{
    /// <summary>Unique for each process, unlike names that were given twice.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where its fellows reach its API; null if nothing reaches it.</summary>
    public Uri? Address { get; init; }

    /// <summary>Version of its program.</summary>
    public required string Version { get; init; }

    /// <summary>When its process started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What its clock said when it joined.</summary>
    public required DateTimeOffset Clock { get; init; }

    /// <summary>How far its clock was ahead of ZooKeeper's then, with the time of the way in it; null if it is not known. Fellows tell each other only when it was written.</summary>
    [JsonIgnore]
    public TimeSpan? ClockAhead { get; init; }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, MemberJson.Default.Member);

    /// <summary>Null if the bytes describe no member.</summary>
    internal static Member? Read(byte[] bytes, DateTimeOffset written)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, MemberJson.Default.Member) is { } member ? member with { ClockAhead = member.Clock - written } : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Member))]
internal sealed partial class MemberJson : JsonSerializerContext;
