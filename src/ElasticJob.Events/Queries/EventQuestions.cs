using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Queries;

/// <summary>What <see cref="IEventQueries"/> asks, in the SQL that the databases have in common.</summary>
internal static class EventQuestions
{
    public static ValueTask<Page<RunView>> RunsAsync(IEventSnapshot snapshot, RunFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        // A time is found along the index of times, and then that is the order.
        bool byTime = filter.Since is not null || filter.Until is not null;
        string name = byTime ? "runs by time" : "runs";
        PageCursor? cursor = PageCursor.Read(name, page);
        Selection query = new Selection($"select {EventRows.RunColumns} from runs").Where("job = ?", filter.Job);
        // Of a job there are few runs: its own index finds them sooner than that of all that failed.
        query = filter.Job is not null
            ? query.Where("outcome = ?", Name(filter.Outcome)).Where("\"trigger\" = ?", Name(filter.Trigger))
            : Rare(Rare(query, "outcome", Name(filter.Outcome), Name(Outcome.Succeeded)), "\"trigger\"", Name(filter.Trigger), Name(Trigger.Cron));
        query = filter.State is { } state && state != RunState.Finished ? query.Where("finished_at is null") : query;
        query = query.Where("state = ?", Name(filter.State)).Where("created_at >= ?", filter.Since).Where("created_at < ?", filter.Until);
        return byTime
            ? PageAsync(
                snapshot, name, page, ByTime(AfterCursor(query, page, cursor, "created_at"), page, "created_at"),
                row => (new PageCursor(Time(row.Time(6)!.Value), row.Number(0)!.Value), EventRows.Run(row)), cancellationToken)
            : PageAsync(snapshot, name, page, BySequence(query, page, cursor), row => (Key(row), EventRows.Run(row)), cancellationToken);
    }

    public static async ValueTask<RunView?> FindRunAsync(IEventSnapshot snapshot, string run, CancellationToken cancellationToken)
    {
        List<RunView> found = await snapshot.ReadAsync(
            new Selection($"select {EventRows.RunColumns} from runs").Where("run = ?", run), EventRows.Run, cancellationToken).ConfigureAwait(false);
        if (found.Count == 0)
        {
            return null;
        }

        return EventRows.WithShards(
            found[0],
            await snapshot.ReadAsync(
                new Selection($"select {EventRows.TaskColumns} from tasks").Where("run = ?", run).Then("order by sequence"),
                EventRows.Task,
                cancellationToken).ConfigureAwait(false),
            await snapshot.ReadAsync(
                new Selection($"select {EventRows.ShardColumns} from shards").Where("run = ?", run), EventRows.Shard, cancellationToken)
                .ConfigureAwait(false));
    }

    public static ValueTask<Page<TaskView>> TasksAsync(IEventSnapshot snapshot, string run, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("tasks", page);
        Selection query = new Selection($"select {EventRows.TaskColumns} from tasks").Where("run = ?", run);
        return PageAsync(snapshot, "tasks", page, BySequence(query, page, cursor), row => (Key(row), EventRows.Task(row)), cancellationToken);
    }

    public static async ValueTask<TaskView?> FindTaskAsync(IEventSnapshot snapshot, string task, CancellationToken cancellationToken) =>
        (await snapshot.ReadAsync(
            new Selection($"select {EventRows.TaskColumns} from tasks").Where("task = ?", task), EventRows.Task, cancellationToken).ConfigureAwait(false))
        .FirstOrDefault();

    public static async ValueTask<Page<LedgerEntry>> LedgerAsync(
        IEventSnapshot snapshot, LedgerFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        string name = filter.IncludeManual ? "ledger+manual" : "ledger";
        PageCursor? cursor = PageCursor.Read(name, page);
        DateTimeOffset? first = await FirstThatReachesAsync(snapshot, filter, cancellationToken).ConfigureAwait(false);
        Selection due = AfterCursor(new Selection($"select {EventRows.LedgerColumns} from ledger"), page, cursor, "due_at")
            .Where("job = ?", filter.Job).Where("due_until >= ?", filter.Since).Where("due_at < ?", filter.Until).Where("due_at >= ?", first);
        List<(PageCursor, LedgerEntry)> rows =
            await snapshot.ReadAsync(ByTime(due, page, "due_at"), EventRows.Ledger, cancellationToken).ConfigureAwait(false);
        if (filter.IncludeManual)
        {
            Selection manual = AfterCursor(new Selection($"select {EventRows.ManualColumns} from runs"), page, cursor, "created_at")
                .Where("job = ?", filter.Job).Where("\"trigger\" = 'manual'").Where("created_at >= ?", filter.Since)
                .Where("created_at < ?", filter.Until);
            rows.AddRange(await snapshot.ReadAsync(ByTime(manual, page, "created_at"), EventRows.Ledger, cancellationToken).ConfigureAwait(false));
            int sign = page.OldestFirst ? 1 : -1;
            rows.Sort((left, right) => sign * Compare(left.Item1, right.Item1));
        }

        return PageCursor.Cut(name, page, rows);
    }

    public static ValueTask<Page<SchedulerEvent>> EventsAsync(
        IEventSnapshot snapshot, EventFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("events", page);
        Selection query = new Selection($"select {EventRows.EventColumns} from events")
            .WhereIn("kind", [.. filter.Kinds.Select(kind => Name(kind))]).Where("job = ?", filter.Job).Where("run = ?", filter.Run)
            .Where("sequence > ?", filter.After);
        return PageAsync(snapshot, "events", page, BySequence(query, page, cursor), row => (Key(row), EventRows.Event(row)), cancellationToken);
    }

    public static ValueTask<Page<ExecutionView>> ExecutionsAsync(
        IEventSnapshot snapshot, ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("executions", page);
        Selection query = AfterCursor(new Selection($"select {EventRows.ExecutionColumns} from executions"), page, cursor, "due_at")
            .Where("job = ?", filter.Job).Where("due_at >= ?", filter.Since).Where("due_at < ?", filter.Until);
        return PageAsync(snapshot, "executions", page, ByTime(query, page, "due_at"), EventRows.Execution, cancellationToken);
    }

    public static ValueTask<Page<AuditView>> AuditAsync(IEventSnapshot snapshot, AuditFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        PageCursor? cursor = PageCursor.Read("audit", page);
        Selection query = new Selection($"select {EventRows.AuditColumns} from audit")
            .Where("actor = ?", filter.Actor).Where("operation = ?", filter.Operation).Where("subject = ?", filter.Subject)
            .Where("at >= ?", filter.Since).Where("at < ?", filter.Until);
        if (filter.Refused is { } refused)
        {
            query.Where(refused ? "refused" : "not refused");
        }

        return PageAsync(snapshot, "audit", page, BySequence(query, page, cursor), row => (Key(row), EventRows.Audit(row)), cancellationToken);
    }

    public static async ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(
        IEventSnapshot snapshot, StatisticsRequest request, CancellationToken cancellationToken)
    {
        if (request.Until <= request.Since)
        {
            throw new ArgumentException("Statistics need an end after their begin.");
        }

        // Each thing is counted where it ended, in one table only: nothing counts twice.
        async ValueTask<ILookup<DateTimeOffset, (DateTimeOffset Step, string What, long Count)>> CountAsync(string table, string time, string what) =>
            (await snapshot.ReadAsync(
                new Selection($"select {snapshot.BeginOf(time, request.Step)}, {what}, count(*) from {table}")
                    .Where($"{time} >= ?", request.Since).Where($"{time} < ?", request.Until).Where("job = ?", request.Job)
                    .Where($"{what} is not null").Then("group by 1, 2"),
                static row => (row.Time(0)!.Value, row.Text(1)!, row.Number(2)!.Value),
                cancellationToken).ConfigureAwait(false)).ToLookup(row => row.Item1);
        var runs = await CountAsync("runs", "finished_at", "outcome").ConfigureAwait(false);
        var tasks = await CountAsync("tasks", "ended_at", "state").ConfigureAwait(false);
        var executions = await CountAsync("executions", "at", "outcome").ConfigureAwait(false);
        return
        [
            .. runs.Select(group => group.Key).Concat(tasks.Select(group => group.Key)).Concat(executions.Select(group => group.Key)).Distinct().Order()
                .Select(step => new StatisticsPoint(
                    step,
                    runs[step].ToDictionary(row => Read<Outcome>(row.What), row => row.Count),
                    tasks[step].ToDictionary(row => Read<TaskState>(row.What), row => row.Count),
                    executions[step].ToDictionary(row => Read<ExecutionOutcome>(row.What), row => row.Count))),
        ];
    }

    // The index leaves out the frequent value. A database uses it only if the query says the same, and in words, not by a parameter.
    private static Selection Rare(Selection query, string column, string? value, string frequent) => value is null || value == frequent
        ? query.Where($"{column} = ?", value)
        : query.Where($"{column} = '{value}'").Where($"{column} <> '{frequent}'");

    private static PageCursor Key(IEventRow row) => new("", row.Number(0)!.Value);

    private static Selection BySequence(Selection query, PageRequest page, PageCursor? cursor) => query
        .Where(page.OldestFirst ? "sequence > ?" : "sequence < ?", cursor?.Sequence)
        .Then(page.OldestFirst ? "order by sequence" : "order by sequence desc", page.Size + 1);

    private static Selection ByTime(Selection query, PageRequest page, string time) =>
        query.Then(page.OldestFirst ? $"order by {time}, sequence" : $"order by {time} desc, sequence desc", page.Size + 1);

    private static Selection AfterCursor(Selection query, PageRequest page, PageCursor? cursor, string time) => cursor is { } key
        ? query.Where(page.OldestFirst ? $"({time}, sequence) > (?, ?)" : $"({time}, sequence) < (?, ?)", key.Time, key.Sequence)
        : query;

    private static int Compare(PageCursor left, PageCursor right) =>
        string.CompareOrdinal(left.Due, right.Due) is var order and not 0 ? order : left.Sequence.CompareTo(right.Sequence);

    // A range that began before the wished time may reach into it; the index of the ranges tells where the reading must begin.
    private static async ValueTask<DateTimeOffset?> FirstThatReachesAsync(
        IEventSnapshot snapshot, LedgerFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Since is not { } since)
        {
            return null;
        }

        List<DateTimeOffset?> range = await snapshot.ReadAsync(
            new Selection("select min(due_at) from ledger").Where("job = ?", filter.Job).Where("due_count > 1").Where("due_until >= ?", since),
            static row => row.Time(0),
            cancellationToken).ConfigureAwait(false);
        return range.Count == 1 && range[0] < since ? range[0] : since;
    }

    private static async ValueTask<Page<T>> PageAsync<T>(
        IEventSnapshot snapshot, string name, PageRequest page, Selection query, Func<IEventRow, (PageCursor, T)> row, CancellationToken cancellationToken) =>
        PageCursor.Cut(name, page, await snapshot.ReadAsync(query, row, cancellationToken).ConfigureAwait(false));
}
