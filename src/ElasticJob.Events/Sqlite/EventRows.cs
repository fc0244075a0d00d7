using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Sqlite;

/// <summary>Rows of the tables as the records that the queries return; each list of columns stands beside its reader.</summary>
internal static class EventRows
{
    public const string RunColumns =
        "sequence, run, job, version, \"trigger\", due_at, created_at, started_at, finished_at, state, outcome, coalesce(message, reason), actor, shard_count";

    public const string TaskColumns =
        "sequence, task, run, job, shard, attempt, state, fencing_token, agent, hostname, agent_address, executor, launched_at, running_at, ended_at, " +
        "progress, progress_text, sandbox, log, coalesce(message, reason), failure, last_lines";

    public const string LedgerColumns =
        "sequence, job, due_at, due_until, due_count, answer, run, shard, started_at, outcome, reason, message";

    public const string ManualColumns =
        "sequence, job, created_at, created_at, 0, 'manual', run, null, started_at, outcome, reason, message";

    public const string ExecutionColumns =
        "sequence, at, job, run, task, shard, hostname, due_at, due_until, due_count, outcome, started_at, completed_at, reason, failure";

    public static RunView Run(SqliteStatement row) => new()
    {
        Id = row.Text(1)!,
        Job = row.Text(2)!,
        Version = row.Number(3) ?? 0,
        Trigger = Read<Trigger>(row.Text(4)!),
        DueAt = ReadTime(row.Text(5)!),
        CreatedAt = ReadTime(row.Text(6)!),
        StartedAt = ReadTimeOrNull(row.Text(7)),
        FinishedAt = ReadTimeOrNull(row.Text(8)),
        State = Read<RunState>(row.Text(9)!),
        Outcome = ReadOrNull<Outcome>(row.Text(10)),
        Reason = row.Text(11),
        Actor = row.Text(12),
        ShardCount = (int)(row.Number(13) ?? 0),
    };

    public static RunView? RunWithShards(SqliteDatabase database, string run)
    {
        RunView? view = database.Prepare($"select {RunColumns} from runs where run = ?1").Bind(1, run).Read(Run).FirstOrDefault();
        if (view is null)
        {
            return null;
        }

        var shards = new SortedDictionary<int, ShardView>();
        foreach (TaskView task in database.Prepare($"select {TaskColumns} from tasks where run = ?1 order by sequence").Bind(1, run).Read(Task))
        {
            // In order of launch, so the last attempt stays.
            shards[task.Shard] = new ShardView { Item = task.Shard, State = ShardState.Active, Attempts = task.Attempt, Task = task };
        }

        foreach (ShardView change in database.Prepare("select shard, state, attempts, outcome, reason from shards where run = ?1").Bind(1, run).Read(Shard))
        {
            ShardView known = shards.GetValueOrDefault(change.Item, change);

            // A delay is over once a later attempt was launched.
            shards[change.Item] = change.State == ShardState.Delayed && known.Task is { EndedAt: null }
                ? known
                : known with { State = change.State, Attempts = Math.Max(known.Attempts, change.Attempts), Outcome = change.Outcome, Reason = change.Reason };
        }

        return view with { Shards = [.. shards.Values] };
    }

    public static TaskView Task(SqliteStatement row) => new()
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
        LaunchedAt = ReadTime(row.Text(12)!),
        RunningAt = ReadTimeOrNull(row.Text(13)),
        EndedAt = ReadTimeOrNull(row.Text(14)),
        Progress = row.Real(15),
        ProgressText = row.Text(16),
        Sandbox = row.Text(17),
        Log = row.Text(18),
        Message = row.Text(19),
        Failure = EventJson.ReadFailure(row.Text(20)),
        LastLines = EventJson.ReadLines(row.Text(21)),
    };

    public static (PageCursor Key, LedgerEntry Item) Ledger(SqliteStatement row) => (
        new PageCursor(row.Text(2)!, row.Number(0)!.Value),
        new LedgerEntry
        {
            Sequence = row.Number(0)!.Value,
            Job = row.Text(1)!,
            DueAt = ReadTime(row.Text(2)!),
            DueUntil = ReadTime(row.Text(3)!),
            DueCount = (int)row.Number(4)!.Value,
            Answer = Read<LedgerAnswer>(row.Text(5)!),
            Run = row.Text(6),
            Shard = (int?)row.Number(7),
            StartedAt = ReadTimeOrNull(row.Text(8)),
            Outcome = row.Text(9),
            Reason = row.Text(10),
            Message = row.Text(11),
        });

    public static (PageCursor Key, ExecutionView Item) Execution(SqliteStatement row)
    {
        int count = (int)row.Number(9)!.Value;
        var report = new ExecutionReport
        {
            DueAt = ReadTime(row.Text(7)!),
            DueUntil = count > 1 ? ReadTime(row.Text(8)!) : null,
            DueCount = count,
            Outcome = Read<ExecutionOutcome>(row.Text(10)!),
            StartedAt = ReadTimeOrNull(row.Text(11)),
            CompletedAt = ReadTimeOrNull(row.Text(12)),
            Reason = row.Text(13),
            Failure = EventJson.ReadFailure(row.Text(14)),
        };
        long sequence = row.Number(0)!.Value;
        return (
            new PageCursor(row.Text(7)!, sequence),
            new ExecutionView(sequence, ReadTime(row.Text(1)!), row.Text(2)!, row.Text(3), row.Text(4), (int?)row.Number(5), row.Text(6), report));
    }

    public static SchedulerEvent Event(SqliteStatement row) => EventJson.ReadDetail(row.Text(8)!).Complete(new SchedulerEvent
    {
        Sequence = row.Number(0)!.Value,
        At = ReadTime(row.Text(1)!),
        Kind = Read<EventKind>(row.Text(2)!),
        App = row.Text(3),
        Job = row.Text(4),
        Run = row.Text(5),
        Shard = (int?)row.Number(6),
        Task = row.Text(7),
    });

    private static ShardView Shard(SqliteStatement row) => new()
    {
        Item = (int)row.Number(0)!.Value,
        State = Read<ShardState>(row.Text(1)!),
        Attempts = (int)row.Number(2)!.Value,
        Outcome = ReadOrNull<Outcome>(row.Text(3)),
        Reason = row.Text(4),
    };
}
