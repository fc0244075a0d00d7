using System.Globalization;
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

    /// <summary>What its clock said when it last told; it tells every half minute.</summary>
    public required DateTimeOffset Clock { get; init; }

    /// <summary>
    /// How far its clock was ahead of ZooKeeper's then; null if it is not known. The time of the way to ZooKeeper is in it, so that a good clock is a little behind.
    /// </summary>
    [JsonIgnore]
    public TimeSpan? ClockAhead { get; init; }

    /// <summary>From here on a clock is told to be wrong: due times, leases and misfires are decided by clocks.</summary>
    public static TimeSpan MostSkew { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Why its clock needs to be mended; null if it does not.</summary>
    [JsonIgnore]
    public string? ClockFault => ClockAhead is { } ahead && ahead.Duration() >= MostSkew
        ? string.Create(CultureInfo.InvariantCulture, $"The clock of the scheduler {Name} is {ahead.Duration().TotalSeconds:0.0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of ZooKeeper's leader. Set the clocks of all machines by NTP (timedatectl set-ntp true).")
        : null;

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
