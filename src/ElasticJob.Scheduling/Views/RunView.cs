using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Views;

/// <summary>A run as it stands.</summary>
public sealed record RunView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Its job.</summary>
    public required string Job { get; init; }

    /// <summary>The version of the job that it runs.</summary>
    public required long Version { get; init; }

    /// <summary>Why it started.</summary>
    public required Trigger Trigger { get; init; }

    /// <summary>The due time that it answers; for manual runs the time of the request.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its first shard was launched.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Why it ended so, or what it waits for.</summary>
    public string? Reason { get; init; }

    /// <summary>Parameter that overrides the job's.</summary>
    public string? Parameter { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? Actor { get; init; }

    /// <summary>How many shards it has; of a partial manual run, how many were asked for. Lists tell it without the shards themselves.</summary>
    public int ShardCount { get => field > 0 ? field : Shards.Count; init; }

    /// <summary>Its shards; of a partial manual run, those that were asked for.</summary>
    public IReadOnlyList<ShardView> Shards { get; init; } = [];
}

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>It waits for an earlier run of its job (overlap policy).</summary>
    Waiting,

    /// <summary>It waits for places.</summary>
    Ready,

    /// <summary>At least one shard was launched.</summary>
    Running,

    /// <summary>It is being ended.</summary>
    Ending,

    /// <summary>It ended.</summary>
    Finished,
}

/// <summary>One shard of a run.</summary>
public sealed record ShardView
{
    /// <summary>The item.</summary>
    public required int Item { get; init; }

    /// <summary>Where it stands.</summary>
    public required ShardState State { get; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>The task of the current or last attempt.</summary>
    public TaskView? Task { get; init; }

    /// <summary>Not before then, when it waits for its next attempt.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it waits, or why it ended so.</summary>
    public string? Reason { get; init; }

    /// <summary>How it ended.</summary>
    public Outcome? Outcome { get; init; }
}

/// <summary>Where a shard stands.</summary>
public enum ShardState
{
    /// <summary>It waits for a place.</summary>
    Pending,

    /// <summary>It waits until its next attempt may start.</summary>
    Delayed,

    /// <summary>A task has it.</summary>
    Active,

    /// <summary>It ended.</summary>
    Finished,
}

/// <summary>One attempt at a shard.</summary>
public sealed record TaskView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The shard item.</summary>
    public required int Shard { get; init; }

    /// <summary>Which attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Its state.</summary>
    public required Cluster.TaskState State { get; init; }

    /// <summary>Fencing token.</summary>
    public long FencingToken { get; init; }

    /// <summary>Id of its agent.</summary>
    public string? Agent { get; init; }

    /// <summary>Host name of its agent.</summary>
    public string? Hostname { get; init; }

    /// <summary>Address of the agent's operator API.</summary>
    public string? AgentAddress { get; init; }

    /// <summary>Its executor.</summary>
    public string? Executor { get; init; }

    /// <summary>When it was launched.</summary>
    public DateTimeOffset LaunchedAt { get; init; }

    /// <summary>When user code started.</summary>
    public DateTimeOffset? RunningAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Progress from 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>What the job says of its progress.</summary>
    public string? ProgressText { get; init; }

    /// <summary>Sandbox of the executor on its agent.</summary>
    public string? Sandbox { get; init; }

    /// <summary>Path of the task's log inside the sandbox.</summary>
    public string? Log { get; init; }

    /// <summary>Why it ended so.</summary>
    public string? Message { get; init; }

    /// <summary>What went wrong.</summary>
    public Protocol.Reports.TaskFailure? Failure { get; init; }

    /// <summary>Last lines of its log, once it ended.</summary>
    public IReadOnlyList<string>? LastLines { get; init; }
}
