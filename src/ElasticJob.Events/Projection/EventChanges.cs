using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events.Projection;

/// <summary>A run begins its row.</summary>
internal sealed record RunRow(
    long Sequence, string Run, string Job, long? Version, Trigger Trigger, DateTimeOffset DueAt, DateTimeOffset? DueUntil, int DueCount, int? ShardCount,
    DateTimeOffset CreatedAt, string? Reason, string? Message, string? Actor);

/// <summary>A run has ended; what is absent leaves the row's own reason and message.</summary>
internal sealed record RunEnd(string Run, DateTimeOffset At, Outcome? Outcome, string? Reason, string? Message);

/// <summary>An answer to due times. The row of a run has the run's sequence: both come from the event that created it.</summary>
internal sealed record LedgerRow(
    long Sequence, string Job, DateTimeOffset DueAt, DateTimeOffset DueUntil, int DueCount, LedgerAnswer Answer, string? Run, int? Shard,
    DateTimeOffset? StartedAt, string? Outcome, string? Reason, string? Message);

/// <summary>An attempt begins its row.</summary>
internal sealed record TaskRow(
    long Sequence, string Task, string Run, string Job, int Shard, int Attempt, TaskState State, long? FencingToken, string? Agent, string? Hostname,
    string? AgentAddress, string? Ip, string? Executor, DateTimeOffset LaunchedAt, string? Sandbox, string? Log);

/// <summary>
/// A status of an attempt. It replaces state, end, source, reason, message and failure; the first <see cref="RunningAt"/> stays; of the others what is
/// absent leaves what is there.
/// </summary>
/// <param name="Task">The attempt.</param>
/// <param name="State">Its state now.</param>
/// <param name="RunningAt">When it runs, the time.</param>
/// <param name="EndedAt">When it has ended, the time.</param>
/// <param name="Progress">From 0 to 1.</param>
/// <param name="ProgressText">What the task says of it.</param>
/// <param name="Sandbox">Where it runs.</param>
/// <param name="Log">Its log in there.</param>
/// <param name="Source">Who told.</param>
/// <param name="Reason">Why, in short.</param>
/// <param name="Message">Why, for a person.</param>
/// <param name="Failure">What went wrong.</param>
/// <param name="LastLines">The end of the log.</param>
/// <param name="Agent">On which agent.</param>
/// <param name="Hostname">On which host.</param>
/// <param name="Executor">In which executor.</param>
/// <param name="Launch">The row to begin with if the launch was never seen: a store may begin in the middle of the stream.</param>
internal sealed record TaskChange(
    string Task, TaskState State, DateTimeOffset? RunningAt, DateTimeOffset? EndedAt, double? Progress, string? ProgressText, string? Sandbox, string? Log,
    string? Source, string? Reason, string? Message, TaskFailure? Failure, IReadOnlyList<string>? LastLines, string? Agent, string? Hostname,
    string? Executor, TaskRow? Launch);

/// <summary>How a shard stands; the number of attempts never falls.</summary>
internal sealed record ShardRow(string Run, int Shard, bool Finished, int Attempts, Outcome? Outcome, string? Reason, DateTimeOffset ChangedAt);

/// <summary>An answer of a resident shard.</summary>
internal sealed record ExecutionRow(
    long Sequence, DateTimeOffset At, string Job, string? Run, string? Task, int? Shard, string? Hostname, string? Ip, ExecutionReport Report);

/// <summary>An entry of the audit log.</summary>
internal sealed record AuditRow(long Sequence, DateTimeOffset At, string Actor, AuditEntry Entry, string? Message);
