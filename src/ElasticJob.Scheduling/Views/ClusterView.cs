using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Views;

/// <summary>The cluster connection and counters.</summary>
public sealed record ClusterView
{
    /// <summary>Whether the scheduler is subscribed.</summary>
    public required bool Connected { get; init; }

    /// <summary>Id of the framework, once it has one.</summary>
    public string? FrameworkId { get; init; }

    /// <summary>Why it is not connected.</summary>
    public string? Fault { get; init; }

    /// <summary>Whether offers are suppressed because nothing waits.</summary>
    public bool Suppressed { get; init; }

    /// <summary>Epoch of this leader.</summary>
    public long Epoch { get; init; }

    /// <summary>Number of jobs.</summary>
    public int Jobs { get; init; }

    /// <summary>Number of unfinished runs.</summary>
    public int Runs { get; init; }

    /// <summary>Number of live tasks.</summary>
    public int Tasks { get; init; }

    /// <summary>Unfinished runs by state; states without any are absent.</summary>
    public IReadOnlyDictionary<RunState, int> RunsByState { get; init; } = new Dictionary<RunState, int>();

    /// <summary>Live tasks by state; states without any are absent.</summary>
    public IReadOnlyDictionary<TaskState, int> TasksByState { get; init; } = new Dictionary<TaskState, int>();

    /// <summary>Events that no sink has confirmed yet.</summary>
    public long EventBacklog { get; init; }

    /// <summary>Whether so many wait that due times wait with them.</summary>
    public bool EventBacklogIsFull { get; init; }

    /// <summary>Offers held now.</summary>
    public IReadOnlyList<OfferView> Offers { get; init; } = [];
}

/// <summary>An offer held.</summary>
public sealed record OfferView(string Id, string Agent, string Hostname, Resources Resources);

/// <summary>An agent as the scheduler knows it.</summary>
public sealed record AgentView(string Id, string Hostname, string? Address, int Tasks, int Executors, Resources Used, bool Draining);

/// <summary>An executor as the scheduler knows it.</summary>
public sealed record ExecutorView(string Id, string App, long AppVersion, string Agent, string Hostname, string State, int Tasks, DateTimeOffset StartedAt, DateTimeOffset? IdleSince);
