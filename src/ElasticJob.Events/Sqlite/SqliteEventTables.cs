using ElasticJob.Events.Projection;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Sqlite;

/// <summary>Writes events and what follows from them into the tables one statement after the other, inside the caller's transaction.</summary>
internal sealed class SqliteEventTables(SqliteDatabase database) : IEventTables
{
    public void AddEvent(SchedulerEvent e) =>
        database.Prepare(
            "insert into events(sequence, at, kind, app, job, run, shard, task, detail) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
            .Bind(1, e.Sequence).Bind(2, Time(e.At)).Bind(3, Name(e.Kind)).Bind(4, e.App).Bind(5, e.Job).Bind(6, e.Run)
            .Bind(7, e.Shard).Bind(8, e.Task).Bind(9, EventJson.Detail(e)).Run();

    public void CreateRun(RunRow run) =>
        database.Prepare(
            """
            insert into runs(sequence, run, job, version, "trigger", due_at, due_until, due_count, shard_count, created_at, state, reason, message, actor)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'ready', ?11, ?12, ?13)
            on conflict(run) do nothing
            """)
            .Bind(1, run.Sequence).Bind(2, run.Run).Bind(3, run.Job).Bind(4, run.Version).Bind(5, Name(run.Trigger)).Bind(6, Time(run.DueAt))
            .Bind(7, Time(run.DueUntil)).Bind(8, run.DueCount).Bind(9, run.ShardCount).Bind(10, Time(run.CreatedAt)).Bind(11, run.Reason)
            .Bind(12, run.Message).Bind(13, run.Actor).Run();

    public void StartRun(string run, DateTimeOffset at)
    {
        database.Prepare("update runs set started_at = ?2, state = 'running' where run = ?1 and started_at is null").Bind(1, run).Bind(2, Time(at)).Run();
        database.Prepare("update ledger set started_at = ?2 where sequence = (select sequence from runs where run = ?1) and started_at is null")
            .Bind(1, run).Bind(2, Time(at)).Run();
    }

    public void EndRun(RunEnd end)
    {
        database.Prepare(
            """
            update runs set finished_at = ?2, state = 'finished', outcome = ?3, reason = coalesce(?4, reason), message = coalesce(?5, message)
            where run = ?1
            """)
            .Bind(1, end.Run).Bind(2, Time(end.At)).Bind(3, Name(end.Outcome)).Bind(4, end.Reason).Bind(5, end.Message).Run();
        database.Prepare(
            """
            update ledger set outcome = ?2, reason = coalesce(reason, ?3), message = coalesce(message, ?4)
            where sequence = (select sequence from runs where run = ?1)
            """)
            .Bind(1, end.Run).Bind(2, Name(end.Outcome)).Bind(3, end.Reason).Bind(4, end.Message).Run();
    }

    public void AddToLedger(LedgerRow row) =>
        database.Prepare(
            """
            insert into ledger(sequence, job, due_at, due_until, due_count, answer, run, shard, started_at, outcome, reason, message)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
            """)
            .Bind(1, row.Sequence).Bind(2, row.Job).Bind(3, Time(row.DueAt)).Bind(4, Time(row.DueUntil)).Bind(5, row.DueCount)
            .Bind(6, Name(row.Answer)).Bind(7, row.Run).Bind(8, row.Shard).Bind(9, Time(row.StartedAt)).Bind(10, row.Outcome)
            .Bind(11, row.Reason).Bind(12, row.Message).Run();

    public void AddTask(TaskRow task) =>
        database.Prepare(
            """
            insert into tasks(sequence, task, run, job, shard, attempt, state, fencing_token, agent, hostname, agent_address, ip, executor,
              launched_at, sandbox, log)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            on conflict(task) do nothing
            """)
            .Bind(1, task.Sequence).Bind(2, task.Task).Bind(3, task.Run).Bind(4, task.Job).Bind(5, task.Shard).Bind(6, task.Attempt)
            .Bind(7, Name(task.State)).Bind(8, task.FencingToken).Bind(9, task.Agent).Bind(10, task.Hostname).Bind(11, task.AgentAddress)
            .Bind(12, task.Ip).Bind(13, task.Executor).Bind(14, Time(task.LaunchedAt)).Bind(15, task.Sandbox).Bind(16, task.Log).Run();

    public void ChangeTask(TaskChange change)
    {
        SqliteStatement update = database.Prepare(
            """
            update tasks set state = ?2, running_at = coalesce(running_at, ?3), ended_at = ?4, progress = coalesce(?5, progress),
              progress_text = coalesce(?6, progress_text), sandbox = coalesce(?7, sandbox), log = coalesce(?8, log), source = ?9, reason = ?10,
              message = ?11, failure_kind = ?12, exit_code = ?13, signal = ?14, failure = ?15, last_lines = coalesce(?16, last_lines),
              agent = coalesce(?17, agent), hostname = coalesce(?18, hostname), executor = coalesce(?19, executor)
            where task = ?1
            """)
            .Bind(1, change.Task).Bind(2, Name(change.State)).Bind(3, Time(change.RunningAt)).Bind(4, Time(change.EndedAt)).Bind(5, change.Progress)
            .Bind(6, change.ProgressText).Bind(7, change.Sandbox).Bind(8, change.Log).Bind(9, change.Source).Bind(10, change.Reason)
            .Bind(11, change.Message).Bind(12, Name(change.Failure?.Kind)).Bind(13, change.Failure?.ExitCode).Bind(14, change.Failure?.Signal)
            .Bind(15, EventJson.Failure(change.Failure)).Bind(16, EventJson.Lines(change.LastLines)).Bind(17, change.Agent)
            .Bind(18, change.Hostname).Bind(19, change.Executor);
        if (update.Run() == 0 && change.Launch is { } launch)
        {
            AddTask(launch);
            update.Run();
        }
    }

    public void ChangeShard(ShardRow shard) =>
        database.Prepare(
            """
            insert into shards(run, shard, state, attempts, outcome, reason, changed_at) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            on conflict(run, shard) do update set state = excluded.state, attempts = max(attempts, excluded.attempts), outcome = excluded.outcome,
              reason = excluded.reason, changed_at = excluded.changed_at
            """)
            .Bind(1, shard.Run).Bind(2, shard.Shard).Bind(3, shard.Finished ? "finished" : "delayed").Bind(4, shard.Attempts)
            .Bind(5, Name(shard.Outcome)).Bind(6, shard.Reason).Bind(7, Time(shard.ChangedAt)).Run();

    public void AddExecution(ExecutionRow execution) =>
        database.Prepare(
            """
            insert into executions(sequence, at, job, run, task, shard, hostname, ip, due_at, due_until, due_count, outcome, started_at, completed_at,
              reason, failure)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
            """)
            .Bind(1, execution.Sequence).Bind(2, Time(execution.At)).Bind(3, execution.Job).Bind(4, execution.Run).Bind(5, execution.Task)
            .Bind(6, execution.Shard).Bind(7, execution.Hostname).Bind(8, execution.Ip).Bind(9, Time(execution.Report.DueAt))
            .Bind(10, Time(execution.Report.DueUntil ?? execution.Report.DueAt)).Bind(11, execution.Report.DueCount)
            .Bind(12, Name(execution.Report.Outcome)).Bind(13, Time(execution.Report.StartedAt)).Bind(14, Time(execution.Report.CompletedAt))
            .Bind(15, execution.Report.Reason).Bind(16, EventJson.Failure(execution.Report.Failure)).Run();

    public void AddAudit(AuditRow audit) =>
        database.Prepare(
            """
            insert into audit(sequence, at, actor, remote, operation, subject, refused, message, changes, unlisted)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """)
            .Bind(1, audit.Sequence).Bind(2, Time(audit.At)).Bind(3, audit.Actor).Bind(4, audit.Entry.Remote).Bind(5, audit.Entry.Operation)
            .Bind(6, audit.Entry.Subject).Bind(7, audit.Entry.Refused ? 1 : 0).Bind(8, audit.Message)
            .Bind(9, EventJson.Changes(audit.Entry.Changes)).Bind(10, audit.Entry.Unlisted).Run();
}
