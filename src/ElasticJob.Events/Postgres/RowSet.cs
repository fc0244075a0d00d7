using Npgsql;
using NpgsqlTypes;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// Many rows as one statement: each column goes as one array, and <c>unnest</c> makes rows of them again. In the template stand <c>{names}</c> (of the columns),
/// <c>{values}</c> (from the rows) and <c>{rows}</c> (the rows, named <c>u</c>).
/// </summary>
internal sealed class RowSet<T>(IReadOnlyList<T> rows)
{
    private readonly List<(string Name, string Type, string Cast, NpgsqlParameter Values)> columns = [];

    public RowSet<T> Text(string name, Func<T, string?> value) => Add(name, "text", "", NpgsqlDbType.Text, row => PostgresText.Clean(value(row)));

    public RowSet<T> Json(string name, Func<T, string?> value) => Add(name, "text", "::json", NpgsqlDbType.Text, row => PostgresText.CleanJson(value(row)));

    public RowSet<T> Number(string name, Func<T, long?> value) => Add(name, "bigint", "", NpgsqlDbType.Bigint, value);

    public RowSet<T> Integer(string name, Func<T, int?> value) => Add(name, "integer", "", NpgsqlDbType.Integer, value);

    public RowSet<T> Real(string name, Func<T, double?> value) => Add(name, "double precision", "", NpgsqlDbType.Double, value);

    public RowSet<T> Flag(string name, Func<T, bool> value) => Add(name, "boolean", "", NpgsqlDbType.Boolean, value);

    public RowSet<T> Time(string name, Func<T, DateTimeOffset?> value) =>
        Add(name, "timestamptz", "", NpgsqlDbType.TimestampTz, row => value(row) is { } time ? EventText.Cut(time).UtcDateTime : (DateTime?)null);

    public NpgsqlBatchCommand Command(string template)
    {
        var command = new NpgsqlBatchCommand(template
            .Replace("{rows}", $"unnest({string.Join(", ", columns.Select(static (c, i) => $"${i + 1}::{c.Type}[]"))}) as u({Names})", StringComparison.Ordinal)
            .Replace("{names}", Names, StringComparison.Ordinal)
            .Replace("{values}", string.Join(", ", columns.Select(static c => $"u.{c.Name}{c.Cast}")), StringComparison.Ordinal));
        foreach (var column in columns)
        {
            command.Parameters.Add(column.Values);
        }

        return command;
    }

    private string Names => string.Join(", ", columns.Select(static c => c.Name));

    private RowSet<T> Add<TValue>(string name, string type, string cast, NpgsqlDbType npgsqlType, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value(rows[i]);
        }

        columns.Add((name, type, cast, new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | npgsqlType }));
        return this;
    }
}
