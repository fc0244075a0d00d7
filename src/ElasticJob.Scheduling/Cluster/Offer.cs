using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Cluster;

/// <summary>Resources of one agent that may be used now.</summary>
public sealed record Offer
{
    /// <summary>Id of the offer.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the agent.</summary>
    public required string Agent { get; init; }

    /// <summary>Host name of the agent.</summary>
    public required string Hostname { get; init; }

    /// <summary>Address of the agent's operator API, <c>host:port</c>.</summary>
    public string? Address { get; init; }

    /// <summary>What may be used.</summary>
    public required Resources Resources { get; init; }

    /// <summary>Attributes of the agent as text.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>Executors of this framework that run on the agent.</summary>
    public IReadOnlyList<string> Executors { get; init; } = [];

    /// <summary>Set when the agent will be taken away: nothing new is placed there.</summary>
    public DateTimeOffset? UnavailableFrom { get; init; }
}
