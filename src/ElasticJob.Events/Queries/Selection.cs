using System.Text;

namespace ElasticJob.Events.Queries;

/// <summary>
/// A query put together from the filters that are set. Values are always bound, never part of the text, so the texts are few and stay prepared. A
/// <c>?</c> in the text is a parameter; values are text, numbers or times.
/// </summary>
internal sealed class Selection(string select)
{
    private readonly StringBuilder text = new(select);
    private readonly List<object> values = [];
    private bool filtered;

    public string Text => text.ToString();

    public IReadOnlyList<object> Values => values;

    /// <summary>Adds a condition; without the value it is left out.</summary>
    public Selection Where(string condition, object? value) => value is null ? this : Add(condition, value);

    public Selection Where(string condition) => Add(condition);

    public Selection Where(string condition, object first, object second) => Add(condition, first, second);

    public Selection WhereIn(string column, IReadOnlyList<string> values) => values.Count == 0
        ? this
        : Add($"{column} in ({string.Join(", ", values.Select(static _ => "?"))})", [.. values]);

    public Selection Then(string end, long? limit = null)
    {
        text.Append(' ').Append(end);
        if (limit is { } most)
        {
            text.Append(" limit ?");
            values.Add(most);
        }

        return this;
    }

    private Selection Add(string condition, params object[] bound)
    {
        text.Append(filtered ? " and " : " where ").Append(condition);
        filtered = true;
        values.AddRange(bound);
        return this;
    }
}
