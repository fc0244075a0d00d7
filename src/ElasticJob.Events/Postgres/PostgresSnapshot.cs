using System.Globalization;
using System.Text;
using ElasticJob.Events.Queries;
using Npgsql;
using NpgsqlTypes;

namespace ElasticJob.Events.Postgres;

/// <summary>One read-only transaction that sees one commit.</summary>
internal sealed class PostgresSnapshot(NpgsqlConnection connection) : IEventSnapshot
{
    public async ValueTask<List<T>> ReadAsync<T>(Selection query, Func<IEventRow, T> row, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = Numbered(query.Text);
        foreach (object value in query.Values)
        {
            command.Parameters.Add(value switch
            {
                string text => new NpgsqlParameter { Value = PostgresText.Clean(text)!, NpgsqlDbType = NpgsqlDbType.Text },
                DateTimeOffset time => new NpgsqlParameter { Value = EventText.Cut(time).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                object number => new NpgsqlParameter { Value = Convert.ToInt64(number, CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Bigint },
            });
        }

        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var current = new Row(reader);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(row(current));
        }

        return rows;
    }

    public string BeginOf(string column, StatisticsStep step) => step switch
    {
        StatisticsStep.Minute => $"date_trunc('minute', {column}, 'UTC')",
        StatisticsStep.Hour => $"date_trunc('hour', {column}, 'UTC')",
        StatisticsStep.Day => $"date_trunc('day', {column}, 'UTC')",
        _ => throw new ArgumentException($"{step} is not a step."),
    };

    public string InstantOf(string column) => $"({column} at time zone 'UTC')";

    // The questions write parameters as ?, PostgreSQL as $1, $2, …
    private static string Numbered(string text)
    {
        var numbered = new StringBuilder(text.Length + 16);
        int count = 0;
        foreach (char c in text)
        {
            _ = c == '?' ? numbered.Append(CultureInfo.InvariantCulture, $"${++count}") : numbered.Append(c);
        }

        return numbered.ToString();
    }

    private sealed class Row(NpgsqlDataReader reader) : IEventRow
    {
        public string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

        public long? Number(int column) => reader.IsDBNull(column) ? null : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);

        public double? Real(int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

        public DateTimeOffset? Time(int column) =>
            reader.IsDBNull(column) ? null : new DateTimeOffset(DateTime.SpecifyKind(reader.GetDateTime(column), DateTimeKind.Utc));
    }
}
