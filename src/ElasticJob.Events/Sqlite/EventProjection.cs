using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Sqlite;

/// <summary>Writes one event and what follows from it into the tables, inside the caller's transaction.</summary>
internal static class EventProjection
{
    public static void Apply(SqliteDatabase database, SchedulerEvent e)
    {
        database.Prepare(
            "insert into events(sequence, at, kind, app, job, run, shard, task, detail) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
            .Bind(1, e.Sequence).Bind(2, Time(e.At)).Bind(3, Name(e.Kind)).Bind(4, e.App).Bind(5, e.Job).Bind(6, e.Run)
            .Bind(7, e.Shard).Bind(8, e.Task).Bind(9, EventJson.Detail(e)).Run();
        switch (e.Kind)
        {
            case EventKind.RunCreated when e is { Run: not null, Job: not null }:
                CreateRun(database, e);
                break;
            case EventKind.RunStarted when e.Run is not null:
                StartRun(database, e);
                break;
            case EventKind.RunFinished when e.Run is not null:
                FinishRun(database, e);
                break;
            case EventKind.DueSkipped when e is { Job: not null, DueAt: not null }:
                AddToLedger(database, e, "skipped");
                break;
            case EventKind.TaskLaunched when e is { Task: not null, Run: not null, Job: not null }:
                AddTask(database, e, e.State ?? TaskState.Staging);
                break;
            case EventKind.TaskStatus when e is { Task: not null, State: not null }:
                UpdateTask(database, e);
                break;
            case EventKind.ShardDelayed or EventKind.ShardFinished when e is { Run: not null, Shard: not null }:
                UpdateShard(database, e);
                break;
            case EventKind.Execution when e is { Job: not null, Execution: not null }:
                AddExecution(database, e, e.Execution);
                break;
            default:
                // Definitions, executors and schedulers are read from the events themselves.
                break;
        }
    }

    private static void CreateRun(SqliteDatabase database, SchedulerEvent e)
    {
        DateTimeOffset due = e.DueAt ?? e.At;
        database.Prepare(
            """
            insert into runs(sequence, run, job, version, "trigger", due_at, due_until, due_count, shard_count, created_at, state, reason, message, actor)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'ready', ?11, ?12, ?13)
            on conflict(run) do nothing
            """)
            .Bind(1, e.Sequence).Bind(2, e.Run).Bind(3, e.Job).Bind(4, e.Version).Bind(5, Name(e.Trigger ?? Protocol.Orders.Trigger.Manual))
            .Bind(6, Time(due)).Bind(7, Time(e.DueUntil)).Bind(8, e.DueCount ?? 1).Bind(9, e.ShardCount).Bind(10, Time(e.At))
            .Bind(11, e.Reason).Bind(12, e.Message).Bind(13, e.Actor).Run();
        if (e.DueAt is not null && e.Trigger is Protocol.Orders.Trigger.Cron or Protocol.Orders.Trigger.Misfire)
        {
            AddToLedger(database, e, "run");
        }
    }

    private static void StartRun(SqliteDatabase database, SchedulerEvent e)
    {
        database.Prepare("update runs set started_at = ?2, state = 'running' where run = ?1 and started_at is null")
            .Bind(1, e.Run).Bind(2, Time(e.At)).Run();
        database.Prepare("update ledger set started_at = ?2 where run = ?1 and answer = 'run' and started_at is null")
            .Bind(1, e.Run).Bind(2, Time(e.At)).Run();
    }

    private static void FinishRun(SqliteDatabase database, SchedulerEvent e)
    {
        database.Prepare(
            """
            update runs set finished_at = ?2, state = 'finished', outcome = ?3, reason = coalesce(?4, reason), message = coalesce(?5, message)
            where run = ?1
            """)
            .Bind(1, e.Run).Bind(2, Time(e.At)).Bind(3, Name(e.Outcome)).Bind(4, e.Reason).Bind(5, e.Message).Run();
        database.Prepare("update ledger set outcome = ?2 where run = ?1 and answer = 'run'").Bind(1, e.Run).Bind(2, Name(e.Outcome)).Run();
    }

    private static void AddToLedger(SqliteDatabase database, SchedulerEvent e, string answer) =>
        Ledger(database, e, answer, e.DueAt!.Value, e.DueUntil, e.DueCount ?? 1, null, null);

    private static void Ledger(
        SqliteDatabase database,
        SchedulerEvent e,
        string answer,
        DateTimeOffset dueAt,
        DateTimeOffset? dueUntil,
        int dueCount,
        DateTimeOffset? startedAt,
        string? outcome) =>
        database.Prepare(
            """
            insert into ledger(sequence, job, due_at, due_until, due_count, answer, run, shard, started_at, outcome, reason, message)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
            .Bind(1, e.Sequence).Bind(2, e.Job).Bind(3, Time(dueAt)).Bind(4, Time(dueUntil ?? dueAt)).Bind(5, dueCount).Bind(6, answer)
            .Bind(7, e.Run).Bind(8, e.Shard).Bind(9, Time(startedAt)).Bind(10, outcome)
            .Bind(11, e.Execution?.Reason ?? e.Reason).Bind(12, e.Execution?.Failure?.Message ?? e.Message).Run();

    private static void AddTask(SqliteDatabase database, SchedulerEvent e, TaskState state) =>
        database.Prepare(
            """
            insert into tasks(sequence, task, run, job, shard, attempt, state, fencing_token, agent, hostname, agent_address, ip, executor,
              launched_at, sandbox, log)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            on conflict(task) do nothing
            """)
            .Bind(1, e.Sequence).Bind(2, e.Task).Bind(3, e.Run).Bind(4, e.Job).Bind(5, e.Shard ?? 0).Bind(6, e.Attempt ?? 1).Bind(7, Name(state))
            .Bind(8, e.FencingToken).Bind(9, e.Agent).Bind(10, e.Hostname).Bind(11, e.AgentAddress).Bind(12, HostOf(e.AgentAddress))
            .Bind(13, e.Executor).Bind(14, Time(e.At)).Bind(15, e.Sandbox).Bind(16, e.Log).Run();

    private static void UpdateTask(SqliteDatabase database, SchedulerEvent e)
    {
        TaskState state = e.State!.Value;
        SqliteStatement update = database.Prepare(
            """
            update tasks set state = ?2, running_at = coalesce(running_at, ?3), ended_at = ?4, progress = coalesce(?5, progress),
              progress_text = coalesce(?6, progress_text), sandbox = coalesce(?7, sandbox), log = coalesce(?8, log), source = ?9, reason = ?10,
              message = ?11, failure_kind = ?12, exit_code = ?13, signal = ?14, failure = ?15, last_lines = coalesce(?16, last_lines),
              agent = coalesce(?17, agent), hostname = coalesce(?18, hostname), executor = coalesce(?19, executor)
            where task = ?1
            """)
            .Bind(1, e.Task).Bind(2, Name(state)).Bind(3, state == TaskState.Running ? Time(e.At) : null).Bind(4, state.HasEnded() ? Time(e.At) : null)
            .Bind(5, e.Progress).Bind(6, state == TaskState.Running ? e.Message : null).Bind(7, e.Sandbox).Bind(8, e.Log).Bind(9, e.Source)
            .Bind(10, e.Reason).Bind(11, e.Message).Bind(12, Name(e.Failure?.Kind)).Bind(13, e.Failure?.ExitCode).Bind(14, e.Failure?.Signal)
            .Bind(15, EventJson.Failure(e.Failure)).Bind(16, EventJson.Lines(e.LastLines)).Bind(17, e.Agent).Bind(18, e.Hostname).Bind(19, e.Executor);

        // A store that was begun in the middle of the stream has not seen the launch.
        if (update.Run() == 0 && e is { Run: not null, Job: not null })
        {
            AddTask(database, e, state);
            update.Run();
        }
    }

    private static void UpdateShard(SqliteDatabase database, SchedulerEvent e) =>
        database.Prepare(
            """
            insert into shards(run, shard, state, attempts, outcome, reason, changed_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            on conflict(run, shard) do update set state = excluded.state, attempts = max(attempts, excluded.attempts), outcome = excluded.outcome,
              reason = excluded.reason, changed_at = excluded.changed_at
            """)
            .Bind(1, e.Run).Bind(2, e.Shard).Bind(3, e.Kind == EventKind.ShardFinished ? "finished" : "delayed").Bind(4, e.Attempt ?? 0)
            .Bind(5, Name(e.Outcome)).Bind(6, e.Message ?? e.Reason).Bind(7, Time(e.At)).Run();

    private static void AddExecution(SqliteDatabase database, SchedulerEvent e, ExecutionReport execution)
    {
        database.Prepare(
            """
            insert into executions(sequence, at, job, run, task, shard, hostname, ip, due_at, due_until, due_count, outcome, started_at, completed_at,
              reason, failure)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """)
            .Bind(1, e.Sequence).Bind(2, Time(e.At)).Bind(3, e.Job).Bind(4, e.Run).Bind(5, e.Task).Bind(6, e.Shard).Bind(7, e.Hostname)
            .Bind(8, HostOf(e.AgentAddress)).Bind(9, Time(execution.DueAt)).Bind(10, Time(execution.DueUntil ?? execution.DueAt))
            .Bind(11, execution.DueCount).Bind(12, Name(execution.Outcome)).Bind(13, Time(execution.StartedAt)).Bind(14, Time(execution.CompletedAt))
            .Bind(15, execution.Reason).Bind(16, EventJson.Failure(execution.Failure)).Run();
        Ledger(
            database, e, execution.Outcome == ExecutionOutcome.Skipped ? "skipped" : "execution", execution.DueAt, execution.DueUntil,
            execution.DueCount, execution.StartedAt, Name(execution.Outcome));
    }

    /// <summary>The host of an address such as <c>http://10.0.0.7:5051</c> or <c>10.0.0.7:5051</c>.</summary>
    private static string? HostOf(string? address) =>
        address is null ? null
        : Uri.TryCreate(address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}", UriKind.Absolute, out Uri? uri) ? uri.Host
        : null;

    private static bool HasEnded(this TaskState state) => state switch
    {
        TaskState.Staging or TaskState.Starting or TaskState.Running or TaskState.Killing or TaskState.Unreachable or TaskState.Unknown => false,
        TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost or TaskState.Dropped
            or TaskState.Gone or TaskState.GoneByOperator => true,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a task state."),
    };
}
