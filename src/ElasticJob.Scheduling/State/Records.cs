using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduling.State;

// The shapes of what is durable, one record type a key (see StateKeys). Members may be added; their meaning never changes. A member that an older
// version did not write is read as the default of its type (null, 0, false), whatever its initialiser says: give it a type whose default is right.

internal sealed record MetaRecord
{
    public string? FrameworkId { get; init; }

    /// <summary>Sequence of the next event.</summary>
    public long NextSequence { get; init; } = 1;

    /// <summary>Last number given to something that must be unique or grow for ever: executors, fencing tokens, manual runs.</summary>
    public long Serial { get; init; }

    /// <summary>Latest due time that named a run: names at or before it get a serial, so that no clock step can repeat one.</summary>
    public DateTimeOffset LatestNamed { get; init; }
}

internal sealed record AppRecord(AppDefinition Definition, long Version, DateTimeOffset UpdatedAt);

/// <param name="Definition">The current version.</param>
/// <param name="Version">From 1.</param>
/// <param name="CreatedAt">When version 1 was stored.</param>
/// <param name="UpdatedAt">When this version was stored.</param>
/// <param name="Anchor">The grid of an interval.</param>
/// <param name="NamesAfter">Due times after this one name their runs alone; earlier ones may have done so before, and get a serial.</param>
internal sealed record JobRecord(JobDefinition Definition, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset Anchor, DateTimeOffset NamesAfter);

/// <summary>What changes with every firing; kept apart from the definition so that a firing writes little.</summary>
internal sealed record CursorRecord
{
    /// <summary>Due times up to this one are answered.</summary>
    public DateTimeOffset AnsweredUpTo { get; init; }

    public LastRun? Last { get; init; }

    /// <summary>Resident jobs: by shard, due times up to this one are answered inside the executor.</summary>
    public SortedDictionary<int, DateTimeOffset>? FiredUpTo { get; init; }
}

internal sealed record ExecutorRecord(
    string Id,
    AppDefinition App,
    long AppVersion,
    string Agent,
    string Hostname,
    string? Address,
    DateTimeOffset StartedAt)
{
    /// <summary>What the cluster was told about it, in the engine's own words.</summary>
    public string? Description { get; init; }
}

internal sealed record RunRecord
{
    public required string Id { get; init; }

    public required JobName Job { get; init; }

    public required long Version { get; init; }

    public required Trigger Trigger { get; init; }

    public required DateTimeOffset DueAt { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Position among the runs of the job: the queue is first in, first out.</summary>
    public required long Order { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public RunState State { get; init; }

    public string? Parameter { get; init; }

    public string? Actor { get; init; }

    /// <summary>Set when the run is being ended: how it will have ended, and why.</summary>
    public Outcome? EndingAs { get; init; }

    public string? EndingReason { get; init; }

    /// <summary>Number of shards of the run, over all pages.</summary>
    public int ShardTotal { get; init; }

    /// <summary>The first page of shards; the rest are records of their own.</summary>
    public IReadOnlyList<ShardRecord> Shards { get; init; } = [];
}

internal sealed record ShardPageRecord(IReadOnlyList<ShardRecord> Shards);

internal sealed record ShardRecord
{
    public required int Item { get; init; }

    public ShardState State { get; init; }

    public int Attempts { get; init; }

    public int Failures { get; init; }

    public int PlaceLosses { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public string? Reason { get; init; }

    public Outcome? Outcome { get; init; }

    /// <summary>Set when the attempt is being ended: how the shard will have ended.</summary>
    public Outcome? EndingAs { get; init; }

    public AttemptRecord? Attempt { get; init; }
}

internal sealed record AttemptRecord
{
    public required string Task { get; init; }

    public required int Number { get; init; }

    public required long FencingToken { get; init; }

    public required string Agent { get; init; }

    public required string Executor { get; init; }

    public required TaskState State { get; init; }

    public required DateTimeOffset LaunchedAt { get; init; }

    public DateTimeOffset? RunningAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public DateTimeOffset? UnreachableSince { get; init; }

    public string? Sandbox { get; init; }

    public string? Log { get; init; }

    public string? Message { get; init; }

    public TaskFailure? Failure { get; init; }
}
