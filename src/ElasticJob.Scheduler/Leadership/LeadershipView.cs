namespace ElasticJob.Scheduler.Leadership;

/// <summary>Who leads, as this scheduler knows it.</summary>
public sealed record LeadershipView
{
    /// <summary>This scheduler.</summary>
    public required Member Self { get; init; }

    /// <summary>Whether this scheduler leads, and can prove it now.</summary>
    public bool Leads { get; init; }

    /// <summary>Whose turn it is to lead; null if it is nobody's, or not known. If it is this scheduler, it may be taking over still.</summary>
    public Member? Leader { get; init; }

    /// <summary>The other scheduler that leads; null if none does, or this one.</summary>
    public Member? OtherLeader => Leader is { } leader && leader.Id != Self.Id ? leader : null;

    /// <summary>The schedulers that lead or wait to lead, in the order of their turns.</summary>
    public IReadOnlyList<Member> Members { get; init; } = [];

    /// <summary>Why this scheduler can neither lead nor tell who does.</summary>
    public string? Fault { get; init; }

    /// <summary>How this scheduler took over, if it leads.</summary>
    public Takeover? Takeover { get; init; }

    /// <summary>Time since this leader last proved its lease by a write.</summary>
    public TimeSpan? LeaseAge { get; init; }
}

/// <summary>How long a scheduler took to lead, counted from its turn.</summary>
/// <param name="At">When its turn came.</param>
/// <param name="Loaded">Until it had the state.</param>
/// <param name="Connected">Until the cluster knew it; null while it does not.</param>
public sealed record Takeover(DateTimeOffset At, TimeSpan? Loaded, TimeSpan? Connected);
