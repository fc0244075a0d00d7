using System.Globalization;
using ElasticJob.Cli.Terminals;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ElasticJob.Cli.Output;

/// <summary>Writes results for people. Colour repeats what the words say; without colours nothing is lost.</summary>
internal sealed class Report(Terminal terminal)
{
    private readonly DateTimeOffset now = terminal.Now;

    public void Line(string text = "") => terminal.Out.WriteLine(text);

    public void Styled(string text, string style) => terminal.Console.Write(new Paragraph(text + "\n", Style.Parse(style)));

    /// <summary>A table without frames, so that it can be cut and searched with the shell's tools.</summary>
    public void Table(IReadOnlyList<string> headings, IEnumerable<string[]> rows, string empty)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
        {
            Line(empty);
            return;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        for (int i = 0; i < headings.Count; i++)
        {
            table.AddColumn(new TableColumn(new Text(headings[i].ToUpperInvariant(), new Style(decoration: Decoration.Bold)))
            {
                // The last column holds the longest text and may be wrapped; names and times may not.
                NoWrap = i < headings.Count - 1,
                Padding = new Padding(0, 0, i < headings.Count - 1 ? 2 : 0, 0),
            });
        }

        foreach (string[] row in all)
        {
            table.AddRow(row.Select(IRenderable (cell) => new Text(cell, StyleOf(cell))));
        }

        terminal.Console.Write(table);
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
        "killed" or "cancelled" or "skipped" or "disabled" or "waiting" => new Style(Color.Yellow),
        _ => Style.Plain,
    };
}
