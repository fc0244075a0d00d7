using System.Globalization;

namespace ElasticJob.Events.Queries;

/// <summary>What <see cref="IEventReports"/> asks, in the SQL that the databases have in common. Names of columns come from the lists here only.</summary>
internal static class ReportQuestions
{
    private const int MostSteps = 10_000;

    private static readonly string[] ExecutionColumns =
    [
        "id", "job_name", "task_id", "hostname", "ip", "sharding_item", "execution_source", "failure_cause", "is_success", "start_time",
        "complete_time",
    ];

    private static readonly string[] TraceColumns =
    [
        "id", "job_name", "original_task_id", "task_id", "slave_id", "source", "execution_type", "sharding_item", "state", "message",
        "creation_time",
    ];

    public static ValueTask<Report<ExecutionLogRow>> ExecutionLogAsync(IEventSnapshot snapshot, ReportRequest request, CancellationToken cancellationToken) =>
        ReadAsync(
            snapshot,
            request,
            new Table("JOB_EXECUTION_LOG", ExecutionColumns, "start_time"),
            static row => new ExecutionLogRow(
                row.Text(0)!, row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Text(4)!, (int)(row.Number(5) ?? 0), row.Text(6)!, row.Text(7),
                row.Number(8) == 1, row.Time(9), row.Time(10)),
            cancellationToken);

    public static ValueTask<Report<StatusTraceRow>> StatusTraceLogAsync(IEventSnapshot snapshot, ReportRequest request, CancellationToken cancellationToken) =>
        ReadAsync(
            snapshot,
            request,
            new Table("JOB_STATUS_TRACE_LOG", TraceColumns, "creation_time"),
            static row => new StatusTraceRow(
                row.Number(0)!.Value.ToString(CultureInfo.InvariantCulture), row.Text(1)!, row.Text(2)!, row.Text(3)!, row.Text(4)!, row.Text(5)!,
                row.Text(6)!, row.Text(7) ?? "", row.Text(8)!, row.Text(9)!, row.Time(10)!.Value),
            cancellationToken);

    public static async ValueTask<IReadOnlyList<RunningPoint>> RunningAsync(
        IEventSnapshot snapshot, RunningKind what, DateTimeOffset since, DateTimeOffset until, StatisticsStep step, CancellationToken cancellationToken)
    {
        TimeSpan width = step switch { StatisticsStep.Minute => TimeSpan.FromMinutes(1), StatisticsStep.Hour => TimeSpan.FromHours(1), _ => TimeSpan.FromDays(1) };
        if (until <= since || (until - since) / width > MostSteps)
        {
            throw new ArgumentException($"A time must end after it begins, by at most {MostSteps} steps.");
        }

        (string table, string begin, string end) = what == RunningKind.Runs ? ("runs", "started_at", "finished_at") : ("tasks", "launched_at", "ended_at");
        long count = (await snapshot.ReadAsync(
            new Selection($"select count(*) from {table}").Where($"{begin} < ?", since).Where($"({end} is null or {end} >= ?)", since),
            static row => row.Number(0)!.Value,
            cancellationToken).ConfigureAwait(false))[0];
        async ValueTask<Dictionary<DateTimeOffset, long>> ChangesAsync(string time) => (await snapshot.ReadAsync(
            new Selection($"select {snapshot.BeginOf(time, step)}, count(*) from {table}")
                .Where($"{time} >= ?", since).Where($"{time} < ?", until).Where($"{begin} is not null").Then("group by 1"),
            static row => (At: row.Time(0)!.Value, Count: row.Number(1)!.Value),
            cancellationToken).ConfigureAwait(false)).ToDictionary(row => row.At, row => row.Count);
        Dictionary<DateTimeOffset, long> begun = await ChangesAsync(begin).ConfigureAwait(false);
        Dictionary<DateTimeOffset, long> ended = await ChangesAsync(end).ConfigureAwait(false);
        var points = new List<RunningPoint>();
        for (var at = new DateTimeOffset(since.UtcTicks - (since.UtcTicks % width.Ticks), TimeSpan.Zero); at < until; at += width)
        {
            count += begun.GetValueOrDefault(at) - ended.GetValueOrDefault(at);
            points.Add(new RunningPoint(at + width < until ? at + width : until, count));
        }

        return points;
    }

    private static async ValueTask<Report<T>> ReadAsync<T>(
        IEventSnapshot snapshot, ReportRequest request, Table table, Func<IEventRow, T> row, CancellationToken cancellationToken)
    {
        if (request.Page < 1 || request.PerPage is < 1 or > 1_000)
        {
            throw new ArgumentException("Pages count from 1, and have 1 to 1,000 rows.");
        }

        string sort = request.Sort is null ? table.Time : table.Column(request.Sort);
        string direction = request.Descending || request.Sort is null ? " desc" : "";
        string columns = string.Join(", ", table.Columns.Select(c => c.EndsWith("_time", StringComparison.Ordinal) ? snapshot.InstantOf(c) : c));
        Selection Filtered(string select)
        {
            string time = snapshot.InstantOf(table.Time);
            Selection query = new Selection($"select {select} from {table.Name}").Where($"{time} >= ?", request.Since).Where($"{time} <= ?", request.Until);
            foreach ((string column, string text) in request.Equal)
            {
                query.Where($"{table.Column(column)} = ?", column == "is_success" ? Flag(text) : text);
            }

            return query;
        }

        long total = (await snapshot.ReadAsync(Filtered("count(*)"), static r => r.Number(0)!.Value, cancellationToken).ConfigureAwait(false))[0];
        List<T> rows = await snapshot.ReadAsync(
            Filtered(columns).Then($"order by {sort}{direction}, id{direction}", request.PerPage)
                .Then(string.Create(CultureInfo.InvariantCulture, $"offset {(request.Page - 1L) * request.PerPage}")),
            row,
            cancellationToken).ConfigureAwait(false);
        return new Report<T>(total, rows);
    }

    private static object Flag(string text) => text.ToLowerInvariant() switch
    {
        "1" or "true" => 1L,
        "0" or "false" => 0L,
        _ => throw new ArgumentException($"'{text}' is neither true nor false."),
    };

    private sealed record Table(string Name, string[] Columns, string Time)
    {
        public string Column(string name) => Columns.Contains(name)
            ? name
            : throw new ArgumentException($"'{name}' is none of {string.Join(", ", Columns)}.");
    }
}
