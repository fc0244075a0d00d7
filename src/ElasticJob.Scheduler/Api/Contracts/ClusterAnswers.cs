namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>An amount of resources.</summary>
/// <param name="Cpus">CPUs.</param>
/// <param name="Memory">Memory as text, such as <c>256Mi</c>.</param>
/// <param name="Disk">Disk as text.</param>
public sealed record ResourcesAnswer(double Cpus, string Memory, string Disk);

/// <summary>The connection to the cluster, and counters.</summary>
public sealed record ClusterStatus
{
    /// <summary>Whether the scheduler is subscribed.</summary>
    public required bool Connected { get; init; }

    /// <summary>Why it is not.</summary>
    public string? Fault { get; init; }

    /// <summary>Id of the framework.</summary>
    public string? FrameworkId { get; init; }

    /// <summary>Epoch of this leader.</summary>
    public long Epoch { get; init; }

    /// <summary>Whether offers are suppressed because nothing waits.</summary>
    public bool Suppressed { get; init; }

    /// <summary>Number of jobs.</summary>
    public int Jobs { get; init; }

    /// <summary>Number of unfinished runs.</summary>
    public int Runs { get; init; }

    /// <summary>Number of live tasks.</summary>
    public int Tasks { get; init; }

    /// <summary>Number of known agents.</summary>
    public int Agents { get; init; }

    /// <summary>Number of live executors.</summary>
    public int Executors { get; init; }

    /// <summary>Number of offers held.</summary>
    public int Offers { get; init; }

    /// <summary>Events that the event store has not confirmed yet.</summary>
    public long EventBacklog { get; init; }

    /// <summary>Whether so many wait that due times wait with them.</summary>
    public bool EventBacklogIsFull { get; init; }

    /// <summary>Why they wait: the sinks that take none, each with its reason.</summary>
    public string? EventFault { get; init; }
}

/// <summary>An agent as the scheduler knows it.</summary>
public sealed record AgentAnswer(string Id, string Hostname, string? Address, int Tasks, int Executors, ResourcesAnswer Used, bool Draining);

/// <summary>An executor as the scheduler knows it.</summary>
public sealed record ExecutorAnswer(
    string Id,
    string App,
    long AppVersion,
    string Agent,
    string Hostname,
    string State,
    int Tasks,
    DateTimeOffset StartedAt,
    DateTimeOffset? IdleSince);

/// <summary>An offer held.</summary>
public sealed record OfferAnswer(string Id, string Agent, string Hostname, ResourcesAnswer Resources);
