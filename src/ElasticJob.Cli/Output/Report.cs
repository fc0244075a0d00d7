using System.Globalization;
using ElasticJob.Cli.Terminals;
using Spectre.Console;

namespace ElasticJob.Cli.Output;

/// <summary>Writes results for people. Colour repeats what the words say; without colours nothing is lost.</summary>
internal sealed class Report(Terminal terminal)
{
    private readonly DateTimeOffset now = terminal.Now;

    public void Line(string text = "") => terminal.Out.WriteLine(text);

    public void Styled(string text, string style) => terminal.Console.Write(new Paragraph(text + "\n", Style.Parse(style)));

    /// <summary>A table without frames, so that it can be cut and searched with the shell's tools.</summary>
    /// <param name="headings">One per column.</param>
    /// <param name="rows">A cell per column each.</param>
    /// <param name="empty">What is said when there is no row.</param>
    /// <param name="spare">Headings of columns that a narrow terminal need not show, the first one first.</param>
    public void Table(string[] headings, IEnumerable<string[]> rows, string empty, params IReadOnlyList<string> spare)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
        {
            Line(empty);
            return;
        }

        TableLayout layout = TableLayout.Of(headings, all, spare, terminal.Width);
        Row(layout, layout.Headings, _ => new Style(decoration: Decoration.Bold));
        foreach (string[] row in layout.Rows)
        {
            Row(layout, row, StyleOf);
        }

        if (layout.Spared.Count > 0)
        {
            Line($"(No room for {string.Join(", ", layout.Spared)}: widen the terminal, or ask with -o yaml.)");
        }
    }

    private void Row(TableLayout layout, string[] cells, Func<string, Style> style)
    {
        var row = new Paragraph();
        string margin = "";
        string pad = "";
        for (int i = 0; i < cells.Length; i++)
        {
            bool last = i == cells.Length - 1;
            if (last && layout.LastBelow)
            {
                pad = cells[i].Length == 0 ? "" : "\n    ";
            }

            string text = last && layout.WrapAt > 0 ? string.Join("\n" + margin, TableLayout.Wrap(cells[i], layout.WrapAt)) : cells[i];
            if (text.Length > 0)
            {
                row.Append(pad).Append(text, style(cells[i]));
                pad = "";
            }

            string blanks = new(' ', layout.Widths[i] - TableLayout.WidthOf(cells[i]) + 2);
            pad += blanks;
            margin += new string(' ', layout.Widths[i] + 2);
        }

        terminal.Console.Write(row.Append("\n"));
    }

    /// <summary>Names and values of one thing, below each other; absent values are left out.</summary>
    public void Facts(params (string Name, string? Value)[] facts)
    {
        (string Name, string Value)[] present = [.. facts.Where(f => !string.IsNullOrEmpty(f.Value)).Select(f => (f.Name, f.Value!))];
        int width = present.Select(f => f.Name.Length).DefaultIfEmpty(0).Max() + 2;
        foreach ((string name, string value) in present)
        {
            string margin = new(' ', width);
            Line(name.PadRight(width) + value.ReplaceLineEndings("\n" + margin));
        }
    }

    public string When(DateTimeOffset? time) => Times.Of(time, now, terminal.Time.LocalTimeZone);

    public string Exact(DateTimeOffset time) => Times.Exact(time, now, terminal.Time.LocalTimeZone);

    /// <summary>How long something took; unknown if the clock was set back in between.</summary>
    public string Took(DateTimeOffset? from, DateTimeOffset? to) => from is { } start && (to ?? now) - start is var span && span >= TimeSpan.Zero ? Times.Span(span) : "–";

    public static string Count(long number, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:N0} {(number == 1 ? one : many)}");

    private static Style StyleOf(string cell) => cell switch
    {
        "succeeded" or "enabled" or "connected" or "running" or "carried" => new Style(Color.Green),
        "failed" or "lost" or "timedOut" or "timed out" or "fault" or "not carried" => new Style(Color.Red),
        "killed" or "cancelled" or "skipped" or "disabled" or "waiting" or "waits" => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
