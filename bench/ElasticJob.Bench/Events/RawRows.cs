using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace ElasticJob.Bench.Events;

/// <summary>The rows of the table <c>events</c>, written again without all that the event store does.</summary>
internal sealed class RawRows(NpgsqlConnection connection)
{
    private const string Columns = "sequence, at, kind, app, job, run, shard, task, detail";
    private static readonly NpgsqlDbType[] Types =
    [
        NpgsqlDbType.Bigint, NpgsqlDbType.TimestampTz, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Text, NpgsqlDbType.Integer,
        NpgsqlDbType.Text, NpgsqlDbType.Json,
    ];

    private readonly List<object[]> rows = [];

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"select {Columns} from elasticjob.events order by sequence";
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            object[] row = new object[Types.Length];
            reader.GetValues(row);
            rows.Add(row);
        }
    }

    /// <returns>Rows per second.</returns>
    public async Task<double> CopyAsync(CancellationToken cancellationToken)
    {
        await CreateAsync("raw_copy", cancellationToken);
        long from = Stopwatch.GetTimestamp();
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync($"copy raw_copy({Columns}) from stdin (format binary)", cancellationToken))
        {
            foreach (object[] row in rows)
            {
                await importer.StartRowAsync(cancellationToken);
                for (int i = 0; i < row.Length; i++)
                {
                    await (row[i] is DBNull ? importer.WriteNullAsync(cancellationToken) : importer.WriteAsync(row[i], Types[i], cancellationToken));
                }
            }

            await importer.CompleteAsync(cancellationToken);
        }

        return rows.Count / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    /// <returns>Rows per second.</returns>
    public async Task<double> InsertAsync(int count, CancellationToken cancellationToken)
    {
        await CreateAsync("raw_insert", cancellationToken);
        await using NpgsqlCommand insert = connection.CreateCommand();
        insert.CommandText = $"insert into raw_insert({Columns}) values ({string.Join(", ", Types.Select((_, i) => $"${i + 1}"))})";
        foreach (NpgsqlDbType type in Types)
        {
            insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        }

        await insert.PrepareAsync(cancellationToken);
        long from = Stopwatch.GetTimestamp();
        foreach (object[] row in rows.Take(count))
        {
            for (int i = 0; i < row.Length; i++)
            {
                insert.Parameters[i].Value = row[i];
            }

            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        return count / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }

    private async Task CreateAsync(string table, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"create table {table}(sequence bigint, at timestamptz, kind text, app text, job text, run text, shard integer, task text, detail json)";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
