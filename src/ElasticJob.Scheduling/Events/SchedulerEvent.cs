using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;

namespace ElasticJob.Scheduling.Events;

/// <summary>
/// One thing that happened. Members that do not apply to the kind are absent. Events are written in the order of
/// <see cref="Sequence"/>, which has no gaps and never repeats: a sink that has seen up to a number has seen all before it.
/// </summary>
public sealed record SchedulerEvent
{
    /// <summary>Position in the stream, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>When the scheduler decided or learned it.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What kind of thing.</summary>
    public EventKind Kind { get; init; }

    /// <summary>The app.</summary>
    public string? App { get; init; }

    /// <summary>The job.</summary>
    public string? Job { get; init; }

    /// <summary>Version of the app's or job's definition.</summary>
    public long? Version { get; init; }

    /// <summary>The run.</summary>
    public string? Run { get; init; }

    /// <summary>Why the run started.</summary>
    public Trigger? Trigger { get; init; }

    /// <summary>Due time that is answered; of several, the first.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Of several due times that one answer covers, the last.</summary>
    public DateTimeOffset? DueUntil { get; init; }

    /// <summary>How many due times are answered.</summary>
    public int? DueCount { get; init; }

    /// <summary>Number of shards of the run.</summary>
    public int? ShardCount { get; init; }

    /// <summary>The shard item.</summary>
    public int? Shard { get; init; }

    /// <summary>Which attempt at the shard, from 1.</summary>
    public int? Attempt { get; init; }

    /// <summary>The task.</summary>
    public string? Task { get; init; }

    /// <summary>Fencing token of the attempt.</summary>
    public long? FencingToken { get; init; }

    /// <summary>Id of the agent.</summary>
    public string? Agent { get; init; }

    /// <summary>Host name of the agent.</summary>
    public string? Hostname { get; init; }

    /// <summary>Address of the agent's operator API.</summary>
    public string? AgentAddress { get; init; }

    /// <summary>Id of the executor.</summary>
    public string? Executor { get; init; }

    /// <summary>State of the task.</summary>
    public TaskState? State { get; init; }

    /// <summary>How the run or shard ended.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Who told of the state: <c>master</c>, <c>agent</c>, <c>executor</c>, or <c>scheduler</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Why, as a short stable phrase, such as <c>overlap</c>, <c>disabled</c>, <c>REASON_EXECUTOR_TERMINATED</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for a person.</summary>
    public string? Message { get; init; }

    /// <summary>What went wrong.</summary>
    public TaskFailure? Failure { get; init; }

    /// <summary>Progress from 0 to 1.</summary>
    public double? Progress { get; init; }

    /// <summary>What the task said of its progress.</summary>
    public string? ProgressText { get; init; }

    /// <summary>Sandbox of the executor on its agent.</summary>
    public string? Sandbox { get; init; }

    /// <summary>Path of the task's log inside the sandbox.</summary>
    public string? Log { get; init; }

    /// <summary>Last lines of the task's log.</summary>
    public IReadOnlyList<string>? LastLines { get; init; }

    /// <summary>Answer of a resident shard.</summary>
    public ExecutionReport? Execution { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? Actor { get; init; }

    /// <summary>What the audit log says, when this is for the audit log.</summary>
    public AuditEntry? Audit { get; init; }
}
