using ElasticJob.Events.Projection;
using ElasticJob.Scheduling.Events;
using Npgsql;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// What a batch of events changes, folded to one change per row, and then written with one statement per table: a run that is created, starts and ends
/// within a batch is one insert.
/// </summary>
internal sealed class PostgresEventTables : IEventTables
{
    private readonly Dictionary<string, RunFold> runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskFold> tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, int), ShardRow> shards = [];
    private readonly List<LedgerRow> ledger = [];
    private readonly Dictionary<long, int> ledgerOfRuns = [];
    private readonly List<ExecutionRow> executions = [];
    private readonly List<AuditRow> audits = [];
    private readonly List<NpgsqlBatchCommand> statements = [];
    private List<TaskFold> changedTasks = [];
    private NpgsqlBatchCommand? updateTasks;

    public void CreateRun(RunRow run) => Run(run.Run).Row ??= run;

    public void StartRun(string run, DateTimeOffset at)
    {
        RunFold fold = Run(run);
        fold.StartedAt ??= at;
        ChangeLedger(fold, row => row with { StartedAt = row.StartedAt ?? at });
    }

    public void EndRun(RunEnd end)
    {
        RunFold fold = Run(end.Run);
        fold.End(end);
        ChangeLedger(fold, row => row with { Outcome = Name(end.Outcome), Reason = row.Reason ?? end.Reason, Message = row.Message ?? end.Message });
    }

    public void AddToLedger(LedgerRow row)
    {
        if (row.Answer == LedgerAnswer.Run)
        {
            ledgerOfRuns[row.Sequence] = ledger.Count;
        }

        ledger.Add(row);
    }

    public void AddTask(TaskRow task) => Task(task.Task).Row ??= task;

    public void ChangeTask(TaskChange change) => Task(change.Task).Add(change);

    public void ChangeShard(ShardRow shard) =>
        shards[(shard.Run, shard.Shard)] = shards.TryGetValue((shard.Run, shard.Shard), out ShardRow? earlier)
            ? shard with { Attempts = Math.Max(shard.Attempts, earlier.Attempts) }
            : shard;

    public void AddExecution(ExecutionRow execution) => executions.Add(execution);

    public void AddAudit(AuditRow audit) => audits.Add(audit);

    /// <summary>Makes the statements; all changes are in.</summary>
    public void Prepare(IEnumerable<NpgsqlBatchCommand> further)
    {
        List<RunFold> changedRuns = [.. runs.Values.Where(run => run.Row is null)];
        changedTasks = [.. tasks.Values.Where(task => task.Row is null)];
        Add([.. runs.Values.Where(run => run.Row is not null)], InsertRuns);
        Add(changedRuns, UpdateRuns);
        Add(ledger, InsertLedger);
        Add(changedRuns, UpdateLedger);
        Add([.. tasks.Values.Where(task => task.Row is not null)], InsertTasks);
        updateTasks = Add(changedTasks, UpdateTasks);
        Add([.. shards.Values], UpsertShards);
        Add(executions, InsertExecutions);
        Add(audits, InsertAudits);
        statements.AddRange(further);
    }

    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, statements, cancellationToken).ConfigureAwait(false);

        // A store that was begun in the middle of the stream has not seen these launches.
        if (updateTasks is not null && updateTasks.RecordsAffected < changedTasks.Count)
        {
            List<TaskFold> unseen = [.. changedTasks.Where(task => task.Change!.Launch is not null)];
            await ExecuteAsync(connection, [InsertTasks(new RowSet<TaskFold>(unseen))], cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        foreach (NpgsqlBatchCommand command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private NpgsqlBatchCommand? Add<T>(List<T> rows, Func<RowSet<T>, NpgsqlBatchCommand> command)
    {
        if (rows.Count == 0)
        {
            return null;
        }

        statements.Add(command(new RowSet<T>(rows)));
        return statements[^1];
    }

    private static NpgsqlBatchCommand InsertRuns(RowSet<RunFold> rows) => rows
        .Number("sequence", f => f.Row!.Sequence).Text("run", f => f.Run).Text("job", f => f.Row!.Job).Number("version", f => f.Row!.Version)
        .Text("\"trigger\"", f => Name(f.Row!.Trigger)).Time("due_at", f => f.Row!.DueAt).Time("due_until", f => f.Row!.DueUntil)
        .Integer("due_count", f => f.Row!.DueCount).Integer("shard_count", f => f.Row!.ShardCount).Time("created_at", f => f.Row!.CreatedAt)
        .Time("started_at", f => f.StartedAt).Time("finished_at", f => f.FinishedAt).Text("state", f => f.State).Text("outcome", f => Name(f.Outcome))
        .Text("reason", f => f.Reason ?? f.Row!.Reason).Text("message", f => f.Message ?? f.Row!.Message).Text("actor", f => f.Row!.Actor)
        .Command("insert into runs({names}) select {values} from {rows} on conflict(run) do nothing");

    private static NpgsqlBatchCommand UpdateRuns(RowSet<RunFold> rows) => rows
        .Text("run", f => f.Run).Time("started_at", f => f.StartedAt).Time("finished_at", f => f.FinishedAt).Text("outcome", f => Name(f.Outcome))
        .Text("reason", f => f.Reason).Text("message", f => f.Message)
        .Command(
            """
            update runs r set started_at = coalesce(r.started_at, u.started_at), finished_at = coalesce(u.finished_at, r.finished_at),
              state = case when u.finished_at is not null then 'finished' when r.started_at is null and u.started_at is not null then 'running'
                else r.state end,
              outcome = case when u.finished_at is not null then u.outcome else r.outcome end,
              reason = coalesce(u.reason, r.reason), message = coalesce(u.message, r.message)
            from {rows} where r.run = u.run
            """);

    private static NpgsqlBatchCommand InsertLedger(RowSet<LedgerRow> rows) => rows
        .Number("sequence", r => r.Sequence).Text("job", r => r.Job).Time("due_at", r => r.DueAt).Time("due_until", r => r.DueUntil)
        .Integer("due_count", r => r.DueCount).Text("answer", r => Name(r.Answer)).Text("run", r => r.Run).Integer("shard", r => r.Shard)
        .Time("started_at", r => r.StartedAt).Text("outcome", r => r.Outcome).Text("reason", r => r.Reason).Text("message", r => r.Message)
        .Command("insert into ledger({names}) select {values} from {rows}");

    private static NpgsqlBatchCommand UpdateLedger(RowSet<RunFold> rows) => rows
        .Text("run", f => f.Run).Time("started_at", f => f.StartedAt).Text("outcome", f => Name(f.Outcome)).Text("reason", f => f.Reason)
        .Text("message", f => f.Message)
        .Command(
            """
            update ledger l set started_at = coalesce(l.started_at, u.started_at), outcome = coalesce(u.outcome, l.outcome),
              reason = coalesce(l.reason, u.reason), message = coalesce(l.message, u.message)
            from {rows} join runs r on r.run = u.run where l.sequence = r.sequence
            """);

    private static NpgsqlBatchCommand InsertTasks(RowSet<TaskFold> rows) => Changes(rows
        .Number("sequence", f => f.Begin.Sequence).Text("run", f => f.Begin.Run).Text("job", f => f.Begin.Job).Integer("shard", f => f.Begin.Shard)
        .Integer("attempt", f => f.Begin.Attempt).Number("fencing_token", f => f.Begin.FencingToken)
        .Text("agent_address", f => f.Begin.AgentAddress).Text("ip", f => f.Begin.Ip).Time("launched_at", f => f.Begin.LaunchedAt))
        .Command("insert into tasks({names}) select {values} from {rows} on conflict(task) do nothing");

    private static NpgsqlBatchCommand UpdateTasks(RowSet<TaskFold> rows) => Changes(rows)
        .Command(
            """
            update tasks t set state = u.state, running_at = coalesce(t.running_at, u.running_at), ended_at = u.ended_at,
              progress = coalesce(u.progress, t.progress), progress_text = coalesce(u.progress_text, t.progress_text),
              sandbox = coalesce(u.sandbox, t.sandbox), log = coalesce(u.log, t.log), source = u.source, reason = u.reason, message = u.message,
              failure_kind = u.failure_kind, exit_code = u.exit_code, signal = u.signal, failure = u.failure::json,
              last_lines = coalesce(u.last_lines::json, t.last_lines), agent = coalesce(u.agent, t.agent),
              hostname = coalesce(u.hostname, t.hostname), executor = coalesce(u.executor, t.executor)
            from {rows} where t.task = u.task
            """);

    private static RowSet<TaskFold> Changes(RowSet<TaskFold> rows) => rows
        .Text("task", f => f.Task).Text("state", f => Name(f.State)).Time("running_at", f => f.Change?.RunningAt)
        .Time("ended_at", f => f.Change?.EndedAt).Real("progress", f => f.Change?.Progress).Text("progress_text", f => f.Change?.ProgressText)
        .Text("sandbox", f => f.Change?.Sandbox ?? f.Row?.Sandbox).Text("log", f => f.Change?.Log ?? f.Row?.Log)
        .Text("source", f => f.Change?.Source).Text("reason", f => f.Change?.Reason).Text("message", f => f.Change?.Message)
        .Text("failure_kind", f => Name(f.Change?.Failure?.Kind)).Integer("exit_code", f => f.Change?.Failure?.ExitCode)
        .Text("signal", f => f.Change?.Failure?.Signal).Json("failure", f => EventJson.Failure(f.Change?.Failure))
        .Json("last_lines", f => EventJson.Lines(f.Change?.LastLines)).Text("agent", f => f.Change?.Agent ?? f.Row?.Agent)
        .Text("hostname", f => f.Change?.Hostname ?? f.Row?.Hostname).Text("executor", f => f.Change?.Executor ?? f.Row?.Executor);

    private static NpgsqlBatchCommand UpsertShards(RowSet<ShardRow> rows) => rows
        .Text("run", r => r.Run).Integer("shard", r => r.Shard).Text("state", r => r.Finished ? "finished" : "delayed")
        .Integer("attempts", r => r.Attempts).Text("outcome", r => Name(r.Outcome)).Text("reason", r => r.Reason).Time("changed_at", r => r.ChangedAt)
        .Command(
            """
            insert into shards({names}) select {values} from {rows}
            on conflict(run, shard) do update set state = excluded.state, attempts = greatest(shards.attempts, excluded.attempts),
              outcome = excluded.outcome, reason = excluded.reason, changed_at = excluded.changed_at
            """);

    private static NpgsqlBatchCommand InsertExecutions(RowSet<ExecutionRow> rows) => rows
        .Number("sequence", r => r.Sequence).Time("at", r => r.At).Text("job", r => r.Job).Text("run", r => r.Run).Text("task", r => r.Task)
        .Integer("shard", r => r.Shard).Text("hostname", r => r.Hostname).Text("ip", r => r.Ip).Time("due_at", r => r.Report.DueAt)
        .Time("due_until", r => r.Report.DueUntil ?? r.Report.DueAt).Integer("due_count", r => r.Report.DueCount)
        .Text("outcome", r => Name(r.Report.Outcome)).Time("started_at", r => r.Report.StartedAt).Time("completed_at", r => r.Report.CompletedAt)
        .Text("reason", r => r.Report.Reason).Json("failure", r => EventJson.Failure(r.Report.Failure))
        .Command("insert into executions({names}) select {values} from {rows}");

    private static NpgsqlBatchCommand InsertAudits(RowSet<AuditRow> rows) => rows
        .Number("sequence", r => r.Sequence).Time("at", r => r.At).Text("actor", r => r.Actor).Text("remote", r => r.Entry.Remote)
        .Text("operation", r => r.Entry.Operation).Text("subject", r => r.Entry.Subject).Flag("refused", r => r.Entry.Refused)
        .Text("message", r => r.Message).Json("changes", r => EventJson.Changes(r.Entry.Changes)).Integer("unlisted", r => r.Entry.Unlisted)
        .Command("insert into audit({names}) select {values} from {rows}");

    private RunFold Run(string run) => runs.TryGetValue(run, out RunFold? fold) ? fold : runs[run] = new RunFold(run);

    private TaskFold Task(string task) => tasks.TryGetValue(task, out TaskFold? fold) ? fold : tasks[task] = new TaskFold(task);

    private void ChangeLedger(RunFold fold, Func<LedgerRow, LedgerRow> change)
    {
        if (fold.Row is { } run && ledgerOfRuns.TryGetValue(run.Sequence, out int index))
        {
            ledger[index] = change(ledger[index]);
        }
    }
}
