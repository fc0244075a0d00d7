using System.Globalization;
using System.Text;
using ElasticJob.Storage.Sqlite;

namespace ElasticJob.Events.Sqlite;

/// <summary>A query put together from the filters that are set. Values are always bound, never part of the text, so the texts are few and stay prepared.</summary>
internal sealed class Selection(string select)
{
    private readonly StringBuilder text = new(select);
    private readonly List<object> values = [];
    private bool filtered;

    /// <summary>Adds a condition; without the value it is left out.</summary>
    public Selection Where(string condition, object? value) => value is null ? this : Add(condition, value);

    public Selection Where(string condition) => Add(condition);

    public Selection Where(string condition, string first, long second) => Add(condition, first, second);

    public Selection WhereIn(string column, IReadOnlyList<string> values) => values.Count == 0
        ? this
        : Add($"{column} in ({string.Join(", ", values.Select(static _ => "?"))})", [.. values]);

    public Selection Then(string end, long? limit)
    {
        text.Append(' ').Append(end);
        if (limit is { } most)
        {
            text.Append(" limit ?");
            values.Add(most);
        }

        return this;
    }

    public List<T> Read<T>(SqliteDatabase database, Func<SqliteStatement, T> row)
    {
        SqliteStatement statement = database.Prepare(text.ToString());
        for (int i = 0; i < values.Count; i++)
        {
            _ = values[i] is string s ? statement.Bind(i + 1, s) : statement.Bind(i + 1, Convert.ToInt64(values[i], CultureInfo.InvariantCulture));
        }

        return statement.Read(row);
    }

    private Selection Add(string condition, params object[] bound)
    {
        text.Append(filtered ? " and " : " where ").Append(condition);
        filtered = true;
        values.AddRange(bound);
        return this;
    }
}
