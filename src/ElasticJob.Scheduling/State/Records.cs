using System.Text.Json.Serialization;
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

// The records of runs and shards are the many. Their properties can be set, because a reader that must give all of them to a constructor at once takes
// twice as long, and a takeover waits for it; nothing sets them later.

internal sealed record RunRecord
{
    [JsonRequired]
    public string Id { get; set; } = null!;

    [JsonRequired]
    public JobName Job { get; set; }

    [JsonRequired]
    public long Version { get; set; }

    [JsonRequired]
    public Trigger Trigger { get; set; }

    [JsonRequired]
    public DateTimeOffset DueAt { get; set; }

    [JsonRequired]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Position among the runs of the job: the queue is first in, first out.</summary>
    [JsonRequired]
    public long Order { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public RunState State { get; set; }

    public string? Parameter { get; set; }

    public string? Actor { get; set; }

    /// <summary>Set when the run is being ended: how it will have ended, and why.</summary>
    public Outcome? EndingAs { get; set; }

    public string? EndingReason { get; set; }

    /// <summary>Number of shards of the run, over all pages.</summary>
    public int ShardTotal { get; set; }

    /// <summary>The first page of shards; the rest are records of their own.</summary>
    public IReadOnlyList<ShardRecord> Shards { get; set; } = [];
}

internal sealed record ShardPageRecord(IReadOnlyList<ShardRecord> Shards);

internal sealed record ShardRecord
{
    [JsonRequired]
    public int Item { get; set; }

    public ShardState State { get; set; }

    public int Attempts { get; set; }

    public int Failures { get; set; }

    public int PlaceLosses { get; set; }

    public DateTimeOffset? NotBefore { get; set; }

    public string? Reason { get; set; }

    public Outcome? Outcome { get; set; }

    /// <summary>Set when the attempt is being ended: how the shard will have ended.</summary>
    public Outcome? EndingAs { get; set; }

    public AttemptRecord? Attempt { get; set; }
}

internal sealed record AttemptRecord
{
    [JsonRequired]
    public string Task { get; set; } = null!;

    [JsonRequired]
    public int Number { get; set; }

    [JsonRequired]
    public long FencingToken { get; set; }

    [JsonRequired]
    public string Agent { get; set; } = null!;

    [JsonRequired]
    public string Executor { get; set; } = null!;

    [JsonRequired]
    public TaskState State { get; set; }

    [JsonRequired]
    public DateTimeOffset LaunchedAt { get; set; }

    public DateTimeOffset? RunningAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public DateTimeOffset? UnreachableSince { get; set; }

    public string? Sandbox { get; set; }

    public string? Log { get; set; }

    public string? Message { get; set; }

    public TaskFailure? Failure { get; set; }
}
