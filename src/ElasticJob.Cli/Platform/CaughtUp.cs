using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;

namespace ElasticJob.Cli.Platform;

/// <summary>What became of the due times that passed while the platform was down: told by the events since its start.</summary>
internal static class CaughtUp
{
    private const int Most = 500;
    private const int MostJobs = 20;
    private const int MostLooks = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<List<string>> LinesAsync(ApiClient api, DateTimeOffset started, Report report, CancellationToken cancellationToken)
    {
        JsonArray events;
        try
        {
            long after = await StartOfThisAsync(api, cancellationToken);
            events = await api.ListAsync($"{Routes.Events}?after={after}&kind=dueSkipped,runCreated", Most, cancellationToken);
        }
        catch (CliException)
        {
            // The platform is up without this summary; the ledgers have it all.
            return [];
        }

        var lines = new List<string>();
        foreach (IGrouping<string?, JsonNode> job in events.OfType<JsonNode>().Where(e => IsAnswer(e, started)).GroupBy(e => e.Text("job")).Take(MostJobs))
        {
            long caught = job.Where(e => e.Text("kind") == "runCreated").Sum(Count);
            int runs = job.Count(e => e.Text("kind") == "runCreated");
            long skipped = job.Where(e => e.Text("kind") == "dueSkipped").Sum(Count);
            DateTimeOffset first = job.Min(e => e.Time("dueAt") ?? started);
            string reason = job.Where(e => e.Text("kind") == "dueSkipped").Select(e => e.Text("message") ?? e.Text("reason")).LastOrDefault() ?? "";
            string[] parts =
            [
                .. caught > 0 ? [$"{caught} caught up in {Report.Count(runs, "run", "runs")}"] : Array.Empty<string>(),
                .. skipped > 0 ? [$"{skipped} skipped{(reason.Length > 0 ? $" ({reason})" : "")}"] : Array.Empty<string>(),
            ];
            string times = Report.Count(caught + skipped, "due time", "due times");
            lines.Add($"{job.Key}: {times} passed while the platform was down, from {report.Exact(first)}: {string.Join(", ", parts)}. See 'elasticjob job ledger {job.Key}'.");
        }

        return lines;
    }

    /// <summary>What this start decided follows its own event in the stream, which comes into the event store a moment after it.</summary>
    private static async Task<long> StartOfThisAsync(ApiClient api, CancellationToken cancellationToken)
    {
        string own = $"epoch {(await api.GetAsync($"{Routes.Cluster}/status", cancellationToken)).Number("epoch")}";
        for (int look = 0; look < MostLooks; look++)
        {
            JsonArray newest = await api.ListAsync($"{Routes.Events}?kind=schedulerStarted&limit=1", 1, cancellationToken);
            if (newest is [{ } start] && start.Text("message") == own)
            {
                return start.Number("sequence") ?? long.MaxValue;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        return long.MaxValue;
    }

    private static bool IsAnswer(JsonNode e, DateTimeOffset started) =>
        e.Time("dueAt") < started
        && (e.Text("kind") == "dueSkipped" || (e.Text("kind") == "runCreated" && e.Text("trigger") == "misfire"));

    private static long Count(JsonNode e) => e.Number("dueCount") ?? 1;
}
