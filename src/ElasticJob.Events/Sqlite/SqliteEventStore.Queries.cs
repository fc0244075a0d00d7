using ElasticJob.Events.Sqlite;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events;

/// <content>The queries; they run on connections of their own and see one commit each.</content>
public sealed partial class SqliteEventStore
{
    /// <inheritdoc/>
    public async ValueTask<Page<RunView>> RunsAsync(RunFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("runs", page);
        var query = new Selection($"select {EventRows.RunColumns} from runs")
            .Where("job = ?", filter.Job).Where("outcome = ?", EventText.Name(filter.Outcome)).Where("state = ?", EventText.Name(filter.State))
            .Where("\"trigger\" = ?", EventText.Name(filter.Trigger))
            .Where("created_at >= ?", Time(filter.Since)).Where("created_at < ?", Time(filter.Until))
            .Where(page.OldestFirst ? "sequence > ?" : "sequence < ?", cursor?.Sequence)
            .Then(page.OldestFirst ? "order by sequence" : "order by sequence desc", page.Size + 1);
        return await PageAsync("runs", page, query, row => (new PageCursor("", row.Number(0)!.Value), EventRows.Run(row)), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<RunView?> FindRunAsync(string run, CancellationToken cancellationToken) =>
        await QueryAsync(database => EventRows.RunWithShards(database, run), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<Page<TaskView>> TasksAsync(string run, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("tasks", page);
        var query = new Selection($"select {EventRows.TaskColumns} from tasks")
            .Where("run = ?", run).Where(page.OldestFirst ? "sequence > ?" : "sequence < ?", cursor?.Sequence)
            .Then(page.OldestFirst ? "order by sequence" : "order by sequence desc", page.Size + 1);
        return await PageAsync("tasks", page, query, row => (new PageCursor("", row.Number(0)!.Value), EventRows.Task(row)), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<TaskView?> FindTaskAsync(string task, CancellationToken cancellationToken) =>
        await QueryAsync(
            database => database.Prepare($"select {EventRows.TaskColumns} from tasks where task = ?1").Bind(1, task).Read(EventRows.Task).FirstOrDefault(),
            cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<Page<LedgerEntry>> LedgerAsync(LedgerFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        string name = filter.IncludeManual ? "ledger+manual" : "ledger";
        PageCursor? cursor = PageCursor.Read(name, page);
        string order = page.OldestFirst ? "order by due_at, sequence" : "order by due_at desc, sequence desc";
        return await QueryAsync(
            database =>
            {
                List<(PageCursor, LedgerEntry)> rows = AfterCursor(new Selection($"select {EventRows.LedgerColumns} from ledger"), page, cursor, "due_at")
                    .Where("job = ?", filter.Job).Where("due_until >= ?", Time(filter.Since)).Where("due_at < ?", Time(filter.Until))
                    .Where("due_at >= ?", FirstThatReaches(database, filter))
                    .Then(order, page.Size + 1).Read(database, EventRows.Ledger);
                if (filter.IncludeManual)
                {
                    rows.AddRange(AfterCursor(new Selection($"select {EventRows.ManualColumns} from runs"), page, cursor, "created_at")
                        .Where("job = ?", filter.Job).Where("\"trigger\" = 'manual'").Where("created_at >= ?", Time(filter.Since))
                        .Where("created_at < ?", Time(filter.Until))
                        .Then(order.Replace("due_at", "created_at", StringComparison.Ordinal), page.Size + 1).Read(database, EventRows.Ledger));
                    int sign = page.OldestFirst ? 1 : -1;
                    rows.Sort((left, right) => sign * Compare(left.Item1, right.Item1));
                }

                return PageCursor.Cut(name, page, rows);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<Page<SchedulerEvent>> EventsAsync(EventFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("events", page);
        var query = new Selection("select sequence, at, kind, app, job, run, shard, task, detail from events")
            .WhereIn("kind", [.. filter.Kinds.Select(kind => EventText.Name(kind))]).Where("job = ?", filter.Job).Where("run = ?", filter.Run)
            .Where("sequence > ?", filter.After).Where(page.OldestFirst ? "sequence > ?" : "sequence < ?", cursor?.Sequence)
            .Then(page.OldestFirst ? "order by sequence" : "order by sequence desc", page.Size + 1);
        return await PageAsync("events", page, query, row => (new PageCursor("", row.Number(0)!.Value), EventRows.Event(row)), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<Page<ExecutionView>> ExecutionsAsync(ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("executions", page);
        Selection query = AfterCursor(new Selection($"select {EventRows.ExecutionColumns} from executions"), page, cursor, "due_at")
            .Where("job = ?", filter.Job).Where("due_at >= ?", Time(filter.Since)).Where("due_at < ?", Time(filter.Until))
            .Then(page.OldestFirst ? "order by due_at, sequence" : "order by due_at desc, sequence desc", page.Size + 1);
        return await PageAsync("executions", page, query, EventRows.Execution, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(StatisticsRequest request, CancellationToken cancellationToken)
    {
        if (request.Until <= request.Since)
        {
            throw new ArgumentException("Statistics need an end after their begin.");
        }

        (int length, string rest) = request.Step switch
        {
            StatisticsStep.Minute => (16, ":00.000Z"),
            StatisticsStep.Hour => (13, ":00:00.000Z"),
            StatisticsStep.Day => (10, "T00:00:00.000Z"),
            _ => throw new ArgumentException($"{request.Step} is not a step."),
        };
        List<(string, string, long)> Count(SqliteDatabase database, string table, string time, string what) =>
            new Selection($"select substr({time}, 1, {length}), {what}, count(*) from {table}")
                .Where($"{time} >= ?", Time(request.Since)).Where($"{time} < ?", Time(request.Until)).Where("job = ?", request.Job)
                .Where($"{what} is not null")
                .Then("group by 1, 2", null).Read(database, static row => (row.Text(0)!, row.Text(1)!, row.Number(2)!.Value));
        return await QueryAsync<IReadOnlyList<StatisticsPoint>>(
            database =>
            {
                var runs = Count(database, "runs", "finished_at", "outcome").ToLookup(row => row.Item1);
                var tasks = Count(database, "tasks", "ended_at", "state").ToLookup(row => row.Item1);
                var executions = Count(database, "executions", "at", "outcome").ToLookup(row => row.Item1);
                return
                [
                    .. runs.Select(group => group.Key).Concat(tasks.Select(group => group.Key)).Concat(executions.Select(group => group.Key))
                        .Distinct().Order(StringComparer.Ordinal)
                        .Select(step => new StatisticsPoint(
                            ReadTime(step + rest),
                            runs[step].ToDictionary(row => Read<Outcome>(row.Item2), row => row.Item3),
                            tasks[step].ToDictionary(row => Read<TaskState>(row.Item2), row => row.Item3),
                            executions[step].ToDictionary(row => Read<ExecutionOutcome>(row.Item2), row => row.Item3))),
                ];
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static Selection AfterCursor(Selection query, PageRequest page, PageCursor? cursor, string time) => cursor is { } key
        ? query.Where(page.OldestFirst ? $"({time}, sequence) > (?, ?)" : $"({time}, sequence) < (?, ?)", key.Due, key.Sequence)
        : query;

    private static int Compare(PageCursor left, PageCursor right) =>
        string.CompareOrdinal(left.Due, right.Due) is var order and not 0 ? order : left.Sequence.CompareTo(right.Sequence);

    // A range that began before the wished time may reach into it; the index of the ranges tells where the reading must begin.
    private static string? FirstThatReaches(SqliteDatabase database, LedgerFilter filter)
    {
        if (filter.Since is not { } since)
        {
            return null;
        }

        string from = Time(since);
        string? range = database.Prepare("select min(due_at) from ledger where job = ?1 and due_count > 1 and due_until >= ?2")
            .Bind(1, filter.Job).Bind(2, from).ScalarText();
        return range is not null && string.CompareOrdinal(range, from) < 0 ? range : from;
    }

    private async ValueTask<Page<T>> PageAsync<T>(
        string name,
        PageRequest page,
        Selection query,
        Func<SqliteStatement, (PageCursor, T)> row,
        CancellationToken cancellationToken) =>
        await QueryAsync(database => PageCursor.Cut(name, page, query.Read(database, row)), cancellationToken).ConfigureAwait(false);

    // One read transaction, so that several statements of one question see the same state.
    private Task<T> QueryAsync<T>(Func<SqliteDatabase, T> query, CancellationToken cancellationToken) => OnAsync(
        readers,
        database =>
        {
            database.Run("begin");
            try
            {
                return query(database);
            }
            finally
            {
                database.Rollback();
            }
        },
        interrupt: true,
        cancellationToken);
}
