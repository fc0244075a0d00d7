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

    /// <summary>Name of the scheduler that leads; absent if none does.</summary>
    public string? Leader { get; init; }

    /// <summary>The schedulers that lead or wait to lead, in the order of their turns.</summary>
    public IReadOnlyList<MemberAnswer> Members { get; init; } = [];

    /// <summary>Seconds since the leader last proved its lease by a write; absent without rivals.</summary>
    public double? LeaseAgeSeconds { get; init; }

    /// <summary>How the leader took over.</summary>
    public TakeoverAnswer? Takeover { get; init; }
}

/// <summary>One of the schedulers that share the lead.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where the others reach it.</param>
/// <param name="Version">Version of its program.</param>
/// <param name="StartedAt">When its process started.</param>
/// <param name="ClockAheadSeconds">How far its clock was ahead of ZooKeeper's when it last told, within the last half minute (negative: behind); absent without ZooKeeper.</param>
/// <param name="Leads">Whether it leads.</param>
public sealed record MemberAnswer(string Name, Uri? Address, string Version, DateTimeOffset StartedAt, double? ClockAheadSeconds, bool Leads);

/// <summary>How long the leader took, counted from its turn.</summary>
/// <param name="At">When its turn came.</param>
/// <param name="LoadedSeconds">Until it had read the state.</param>
/// <param name="ConnectedSeconds">Until the cluster had accepted it; absent while it has not.</param>
public sealed record TakeoverAnswer(DateTimeOffset At, double? LoadedSeconds, double? ConnectedSeconds);

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
