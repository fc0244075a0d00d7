using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Commands;

/// <summary>What the runs of a job wait for, in lines: shards of a run that wait alike share one.</summary>
internal static class JobWaits
{
    public static IEnumerable<string> Lines(IEnumerable<JsonNode> waits, Report report) => waits
        .Select(wait => (
            Run: wait.Text("run"),
            Shard: wait.Number("shard"),
            Says: $"{wait.Text("message")} ({wait.Text("reason")}){(wait.Time("until") is { } end ? $" — {report.When(end)}" : "")}",
            Refusals: string.Join('\n', wait.Items("refusals").Select(r => $"    {r}"))))
        .GroupBy(wait => (wait.Run, wait.Says, wait.Refusals))
        .SelectMany(alike =>
        {
            string line = $"  {alike.Key.Run}{Shards([.. alike.Select(w => w.Shard).OfType<long>()])}: {alike.Key.Says}";
            return alike.Key.Refusals.Length == 0 ? [line] : new[] { line, alike.Key.Refusals };
        });

    /// <summary>Such as <c> shards 0, 2–5</c>; nothing where the whole run waits.</summary>
    private static string Shards(long[] items)
    {
        var ranges = new List<(long First, long Last)>();
        foreach (long item in items.Distinct().Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last == item - 1)
            {
                ranges[^1] = (ranges[^1].First, item);
            }
            else
            {
                ranges.Add((item, item));
            }
        }

        return ranges switch
        {
            [] => "",
            [var (first, last)] when first == last => $" shard {Text(first)}",
            _ => " shards " + string.Join(", ", ranges.Select(r => r.First == r.Last ? Text(r.First) : $"{Text(r.First)}–{Text(r.Last)}")),
        };
    }

    private static string Text(long item) => item.ToString(CultureInfo.InvariantCulture);
}
