using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events.Projection;

/// <summary>The one place that says what an event changes in the tables; how a change is written is each database's matter.</summary>
internal static class EventProjection
{
    /// <summary>Whether it belongs into the table of events, which everybody who may look may read; the audit log is for few.</summary>
    public static bool IsListed(SchedulerEvent e) => e.Kind != EventKind.Audited;

    public static void Apply(SchedulerEvent e, IEventTables tables)
    {
        switch (e.Kind)
        {
            case EventKind.RunCreated when e is { Run: not null, Job: not null }:
                CreateRun(e, tables);
                break;
            case EventKind.RunStarted when e.Run is not null:
                tables.StartRun(e.Run, e.At);
                break;
            case EventKind.RunFinished when e.Run is not null:
                tables.EndRun(new RunEnd(e.Run, e.At, e.Outcome, e.Reason, e.Message));
                break;
            case EventKind.DueSkipped when e is { Job: not null, DueAt: not null }:
                tables.AddToLedger(Due(e, LedgerAnswer.Skipped));
                break;
            case EventKind.TaskLaunched when e is { Task: not null, Run: not null, Job: not null }:
                tables.AddTask(Launch(e, e.State ?? TaskState.Staging)!);
                break;
            case EventKind.TaskStatus when e is { Task: not null, State: not null }:
                tables.ChangeTask(Status(e, e.State.Value));
                break;
            case EventKind.ShardDelayed or EventKind.ShardFinished when e is { Run: not null, Shard: not null }:
                tables.ChangeShard(
                    new ShardRow(e.Run, e.Shard.Value, e.Kind == EventKind.ShardFinished, e.Attempt ?? 0, e.Outcome, e.Message ?? e.Reason, e.At));
                break;
            case EventKind.Execution when e is { Job: not null, Execution: not null }:
                AddExecution(e, e.Execution, tables);
                break;
            case EventKind.Audited when e.Audit is not null:
                tables.AddAudit(new AuditRow(e.Sequence, e.At, e.Actor ?? "", e.Audit, e.Message));
                break;
            default:
                // Definitions, executors and schedulers are read from the events themselves.
                break;
        }
    }

    private static void CreateRun(SchedulerEvent e, IEventTables tables)
    {
        tables.CreateRun(new RunRow(
            e.Sequence, e.Run!, e.Job!, e.Version, e.Trigger ?? Trigger.Manual, e.DueAt ?? e.At, e.DueUntil, e.DueCount ?? 1, e.ShardCount, e.At, e.Reason,
            e.Message, e.Actor));
        if (e.DueAt is not null && e.Trigger is Trigger.Cron or Trigger.Misfire)
        {
            tables.AddToLedger(Due(e, LedgerAnswer.Run));
        }
    }

    private static LedgerRow Due(SchedulerEvent e, LedgerAnswer answer) => new(
        e.Sequence, e.Job!, e.DueAt!.Value, e.DueUntil ?? e.DueAt.Value, e.DueCount ?? 1, answer, e.Run, e.Shard, null, null, e.Reason, e.Message);

    private static TaskRow? Launch(SchedulerEvent e, TaskState state) => e is { Run: not null, Job: not null }
        ? new TaskRow(
            e.Sequence, e.Task!, e.Run, e.Job, e.Shard ?? 0, e.Attempt ?? 1, state, e.FencingToken, e.Agent, e.Hostname, e.AgentAddress,
            HostOf(e.AgentAddress), e.Executor, e.At, e.Sandbox, e.Log)
        : null;

    private static TaskChange Status(SchedulerEvent e, TaskState state)
    {
        bool running = state == TaskState.Running;
        return new TaskChange(
            e.Task!, state, running ? e.At : null, state.IsTerminal() ? e.At : null, e.Progress, e.ProgressText, e.Sandbox, e.Log, e.Source,
            e.Reason, e.Message, e.Failure, e.LastLines, e.Agent, e.Hostname, e.Executor, Launch(e, state));
    }

    private static void AddExecution(SchedulerEvent e, ExecutionReport report, IEventTables tables)
    {
        tables.AddExecution(new ExecutionRow(e.Sequence, e.At, e.Job!, e.Run, e.Task, e.Shard, e.Hostname, HostOf(e.AgentAddress), report));
        tables.AddToLedger(new LedgerRow(
            e.Sequence, e.Job!, report.DueAt, report.DueUntil ?? report.DueAt, report.DueCount,
            report.Outcome == ExecutionOutcome.Skipped ? LedgerAnswer.Skipped : LedgerAnswer.Execution, e.Run, e.Shard, report.StartedAt,
            EventText.Name(report.Outcome), report.Reason ?? e.Reason, report.Failure?.Message ?? e.Message));
    }

    /// <summary>The host of an address such as <c>http://10.0.0.7:5051</c> or <c>10.0.0.7:5051</c>.</summary>
    private static string? HostOf(string? address) =>
        address is null ? null
        : Uri.TryCreate(address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}", UriKind.Absolute, out Uri? uri) ? uri.Host
        : null;
}
