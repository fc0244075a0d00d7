using ElasticJob.Protocol.Schedules;

namespace ElasticJob.Protocol.Orders;

/// <summary>How a resident shard fires inside its executor.</summary>
public sealed record ResidentOrder
{
    /// <summary>When to fire; empty for a shard whose code runs for as long as it is wanted.</summary>
    public IReadOnlyList<Schedule> Schedules { get; init; } = [];

    /// <summary>Due times up to and including this one are answered already.</summary>
    public DateTimeOffset FiredUpTo { get; init; }

    /// <summary>What to do with due times that passed while nothing ran.</summary>
    public MisfirePolicy Misfire { get; init; }

    /// <summary>How far back <see cref="MisfirePolicy.FireOnce"/> and <see cref="MisfirePolicy.FireAll"/> reach.</summary>
    public TimeSpan CatchUpWindow { get; init; }
}
