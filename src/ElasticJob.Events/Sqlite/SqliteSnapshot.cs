using System.Globalization;
using ElasticJob.Events.Queries;
using ElasticJob.Storage.Sqlite;

namespace ElasticJob.Events.Sqlite;

/// <summary>A read transaction on the thread that owns the database: every answer is complete when the call returns.</summary>
internal sealed class SqliteSnapshot(SqliteDatabase database) : IEventSnapshot
{
    public ValueTask<List<T>> ReadAsync<T>(Selection query, Func<IEventRow, T> row, CancellationToken cancellationToken)
    {
        SqliteStatement statement = database.Prepare(query.Text);
        for (int i = 0; i < query.Values.Count; i++)
        {
            _ = query.Values[i] switch
            {
                string text => statement.Bind(i + 1, text),
                DateTimeOffset time => statement.Bind(i + 1, EventText.Time(time)),
                object number => statement.Bind(i + 1, Convert.ToInt64(number, CultureInfo.InvariantCulture)),
            };
        }

        var current = new Row(statement);
        return ValueTask.FromResult(statement.Read(_ => row(current)));
    }

    public string BeginOf(string column, StatisticsStep step) => step switch
    {
        StatisticsStep.Minute => $"substr({column}, 1, 16) || ':00.000Z'",
        StatisticsStep.Hour => $"substr({column}, 1, 13) || ':00:00.000Z'",
        StatisticsStep.Day => $"substr({column}, 1, 10) || 'T00:00:00.000Z'",
        _ => throw new ArgumentException($"{step} is not a step."),
    };

    public string InstantOf(string column) => $"(replace({column}, ' ', 'T') || 'Z')";

    private sealed class Row(SqliteStatement statement) : IEventRow
    {
        public string? Text(int column) => statement.Text(column);

        public long? Number(int column) => statement.Number(column);

        public double? Real(int column) => statement.Real(column);

        public DateTimeOffset? Time(int column) => EventText.ReadTimeOrNull(statement.Text(column));
    }
}
