using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Queries;

/// <summary>Rows of the tables, whatever the database, as the records that the queries return; each list of columns stands beside its reader.</summary>
internal static class EventRows
{
    public const string RunColumns =
        "sequence, run, job, version, \"trigger\", due_at, created_at, started_at, finished_at, state, outcome, coalesce(message, reason), actor, shard_count";

    public const string TaskColumns =
        "sequence, task, run, job, shard, attempt, state, fencing_token, agent, hostname, agent_address, executor, launched_at, running_at, ended_at, " +
        "progress, progress_text, sandbox, log, coalesce(message, reason), failure, last_lines";

    public const string ShardColumns = "shard, state, attempts, outcome, reason";

    public const string EventColumns = "sequence, at, kind, app, job, run, shard, task, detail";

    public const string LedgerColumns =
        "sequence, job, due_at, due_until, due_count, answer, run, shard, started_at, outcome, reason, message";

    public const string ManualColumns =
        "sequence, job, created_at, created_at, 0, 'manual', run, null, started_at, outcome, reason, message";

    public const string AuditColumns =
        "sequence, at, actor, remote, operation, subject, case when refused then 1 else 0 end, message, changes, unlisted";

    public const string ExecutionColumns =
        "sequence, at, job, run, task, shard, hostname, due_at, due_until, due_count, outcome, started_at, completed_at, reason, failure";

    public static AuditView Audit(IEventRow row) => new(row.Number(0)!.Value, row.Time(1)!.Value, row.Text(2)!, row.Text(7), new AuditEntry
    {
        Remote = row.Text(3),
        Operation = row.Text(4)!,
        Subject = row.Text(5),
        Refused = row.Number(6) == 1,
        Changes = EventJson.ReadChanges(row.Text(8)!),
        Unlisted = (int)row.Number(9)!.Value,
    });

    public static RunView Run(IEventRow row) => new()
    {
        Id = row.Text(1)!,
        Job = row.Text(2)!,
        Version = row.Number(3) ?? 0,
        Trigger = Read<Trigger>(row.Text(4)!),
        DueAt = row.Time(5)!.Value,
        CreatedAt = row.Time(6)!.Value,
        StartedAt = row.Time(7),
        FinishedAt = row.Time(8),
        State = Read<RunState>(row.Text(9)!),
        Outcome = ReadOrNull<Outcome>(row.Text(10)),
        Reason = row.Text(11),
        Actor = row.Text(12),
        ShardCount = (int)(row.Number(13) ?? 0),
    };

    /// <summary>The run with its shards: what became of each, and its last attempt.</summary>
    public static RunView WithShards(RunView run, IEnumerable<TaskView> tasks, IEnumerable<ShardView> changes)
    {
        var shards = new SortedDictionary<int, ShardView>();
        foreach (TaskView task in tasks)
        {
            // In order of launch, so the last attempt stays.
            shards[task.Shard] = new ShardView { Item = task.Shard, State = ShardState.Active, Attempts = task.Attempt, Task = task };
        }

        foreach (ShardView change in changes)
        {
            ShardView known = shards.GetValueOrDefault(change.Item, change);

            // A delay is over once a later attempt was launched.
            shards[change.Item] = change.State == ShardState.Delayed && known.Task is { EndedAt: null }
                ? known
                : known with { State = change.State, Attempts = Math.Max(known.Attempts, change.Attempts), Outcome = change.Outcome, Reason = change.Reason };
        }

        return run with { Shards = [.. shards.Values] };
    }

    public static TaskView Task(IEventRow row) => new()
    {
        Id = row.Text(1)!,
        Run = row.Text(2)!,
        Job = row.Text(3)!,
        Shard = (int)row.Number(4)!.Value,
        Attempt = (int)row.Number(5)!.Value,
        State = Read<TaskState>(row.Text(6)!),
        FencingToken = row.Number(7) ?? 0,
        Agent = row.Text(8),
        Hostname = row.Text(9),
        AgentAddress = row.Text(10),
        Executor = row.Text(11),
        LaunchedAt = row.Time(12)!.Value,
        RunningAt = row.Time(13),
        EndedAt = row.Time(14),
        Progress = row.Real(15),
        ProgressText = row.Text(16),
        Sandbox = row.Text(17),
        Log = row.Text(18),
        Message = row.Text(19),
        Failure = EventJson.ReadFailure(row.Text(20)),
        LastLines = EventJson.ReadLines(row.Text(21)),
    };

    public static (PageCursor Key, LedgerEntry Item) Ledger(IEventRow row) => (
        new PageCursor(Time(row.Time(2)!.Value), row.Number(0)!.Value),
        new LedgerEntry
        {
            Sequence = row.Number(0)!.Value,
            Job = row.Text(1)!,
            DueAt = row.Time(2)!.Value,
            DueUntil = row.Time(3)!.Value,
            DueCount = (int)row.Number(4)!.Value,
            Answer = Read<LedgerAnswer>(row.Text(5)!),
            Run = row.Text(6),
            Shard = (int?)row.Number(7),
            StartedAt = row.Time(8),
            Outcome = row.Text(9),
            Reason = row.Text(10),
            Message = row.Text(11),
        });

    public static (PageCursor Key, ExecutionView Item) Execution(IEventRow row)
    {
        int count = (int)row.Number(9)!.Value;
        var report = new ExecutionReport
        {
            DueAt = row.Time(7)!.Value,
            DueUntil = count > 1 ? row.Time(8)!.Value : null,
            DueCount = count,
            Outcome = Read<ExecutionOutcome>(row.Text(10)!),
            StartedAt = row.Time(11),
            CompletedAt = row.Time(12),
            Reason = row.Text(13),
            Failure = EventJson.ReadFailure(row.Text(14)),
        };
        long sequence = row.Number(0)!.Value;
        return (
            new PageCursor(Time(row.Time(7)!.Value), sequence),
            new ExecutionView(sequence, row.Time(1)!.Value, row.Text(2)!, row.Text(3), row.Text(4), (int?)row.Number(5), row.Text(6), report));
    }

    public static SchedulerEvent Event(IEventRow row) => EventJson.ReadDetail(row.Text(8)!).Complete(new SchedulerEvent
    {
        Sequence = row.Number(0)!.Value,
        At = row.Time(1)!.Value,
        Kind = Read<EventKind>(row.Text(2)!),
        App = row.Text(3),
        Job = row.Text(4),
        Run = row.Text(5),
        Shard = (int?)row.Number(6),
        Task = row.Text(7),
    });

    public static ShardView Shard(IEventRow row) => new()
    {
        Item = (int)row.Number(0)!.Value,
        State = Read<ShardState>(row.Text(1)!),
        Attempts = (int)row.Number(2)!.Value,
        Outcome = ReadOrNull<Outcome>(row.Text(3)),
        Reason = row.Text(4),
    };
}
