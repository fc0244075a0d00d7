using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ElasticJob.Events;

/// <summary>Where a page ended: the sort key of its last item. The name of the query and the order are inside, so that a cursor fits only its own.</summary>
internal readonly record struct PageCursor(string Due, long Sequence)
{
    /// <summary><see cref="Due"/> as a time.</summary>
    public DateTimeOffset Time => EventText.ReadTime(Due);

    public static PageCursor? Read(string query, PageRequest page)
    {
        page.Check();
        if (page.Cursor is null)
        {
            return null;
        }

        try
        {
            string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(page.Cursor)).Split('|');
            if (parts.Length == 3 && parts[0] == Prefix(query, page.OldestFirst)
                && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                && (parts[1].Length == 0 || EventText.ReadTime(parts[1]) != default))
            {
                return new PageCursor(parts[1], sequence);
            }
        }
        catch (FormatException)
        {
            // Falls through to the same answer as a cursor of another query.
        }

        throw new ArgumentException("The cursor is not one of this query and order; leave it out to begin with the first page.");
    }

    public string Write(string query, bool oldestFirst) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Prefix(query, oldestFirst)}|{Due}|{Sequence}")));

    /// <summary>Turns one row more than the page holds into the page and its cursor.</summary>
    public static Page<T> Cut<T>(string query, PageRequest page, List<(PageCursor Key, T Item)> rows)
    {
        bool more = rows.Count > page.Size;
        int count = Math.Min(rows.Count, page.Size);
        var items = new T[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = rows[i].Item;
        }

        return new Page<T>(items, more ? rows[count - 1].Key.Write(query, page.OldestFirst) : null);
    }

    private static string Prefix(string query, bool oldestFirst) => query + (oldestFirst ? '+' : '-');
}
