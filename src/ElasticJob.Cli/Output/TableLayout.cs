using Spectre.Console.Rendering;

namespace ElasticJob.Cli.Output;

/// <summary>
/// How a table fits a terminal. Nothing is ever cut: a table that is too wide gives up, in this order and only as far as it must,
/// <code>
/// 1 the exact time behind how long ago      3 columns that the table can spare, as it says
/// 2 columns in which nothing is written     4 the last column's place: it is wrapped, or goes below its row
/// </code>
/// What is wider even then is left to the terminal to wrap.
/// </summary>
internal sealed class TableLayout
{
    private const int Gap = 2;
    private const int LeastWrapped = 30;
    private const string Nothing = "–";

    private TableLayout(List<int> columns, string[] headings, string[][] rows, List<string> spared)
    {
        Headings = [.. columns.Select(c => headings[c].ToUpperInvariant())];
        Rows = [.. rows.Select(r => columns.Select(c => r[c]).ToArray())];
        Spared = spared;
        Widths = [.. Headings.Select((h, i) => Rows.Select(r => WidthOf(r[i])).Append(WidthOf(h)).Max())];
    }

    public string[] Headings { get; }

    public string[][] Rows { get; }

    /// <summary>Headings of the columns that were left out although something is in them.</summary>
    public IReadOnlyList<string> Spared { get; }

    public int[] Widths { get; }

    /// <summary>Width to which the last column is wrapped; 0 if it need not be.</summary>
    public int WrapAt { get; private set; }

    /// <summary>Whether the last column's texts stand below their rows.</summary>
    public bool LastBelow { get; private set; }

    private int Total => Widths.Sum() + Gap * (Widths.Length - 1);

    /// <param name="headings">One per column.</param>
    /// <param name="rows">A cell per column each.</param>
    /// <param name="spare">Headings of columns that may be left out, the first one first.</param>
    /// <param name="room">Columns of the terminal; 0 for as many as wished.</param>
    public static TableLayout Of(string[] headings, string[][] rows, IReadOnlyList<string> spare, int room)
    {
        List<int> columns = [.. Enumerable.Range(0, headings.Length)];
        var layout = new TableLayout(columns, headings, rows, []);
        bool Fits() => room <= 0 || layout.Total <= room;
        if (Fits())
        {
            return layout;
        }

        // 1
        rows = [.. rows.Select(r => r.Select(Times.WithoutExact).ToArray())];
        layout = new TableLayout(columns, headings, rows, []);

        // 2
        if (!Fits())
        {
            columns.RemoveAll(c => c > 0 && rows.All(r => r[c] is "" or Nothing));
            layout = new TableLayout(columns, headings, rows, []);
        }

        // 3
        var spared = new List<string>();
        foreach (string heading in spare)
        {
            if (!Fits() && columns.RemoveAll(c => headings[c] == heading) > 0)
            {
                spared.Add(heading);
                layout = new TableLayout(columns, headings, rows, [.. spared]);
            }
        }

        // 4
        if (!Fits() && layout.Widths.Length > 1)
        {
            int left = room - (layout.Total - layout.Widths[^1]);
            layout.WrapAt = left >= LeastWrapped ? left : 0;
            layout.LastBelow = left < LeastWrapped;
        }

        return layout;
    }

    /// <summary>Columns that a text takes on a terminal; some letters take two.</summary>
    public static int WidthOf(string text) => new Segment(text).CellCount();

    /// <summary>Breaks a text at its blanks; a word longer than the width stays whole.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && WidthOf(line) + 1 + WidthOf(word) > width)
            {
                yield return line;
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        yield return line;
    }
}
