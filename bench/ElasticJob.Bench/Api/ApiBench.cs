using System.Diagnostics;
using System.Text.Json.Nodes;
using ElasticJob.Bench.Events;
using ElasticJob.Events;
using ElasticJob.Scheduling.Events;
using ElasticJob.Servers;

namespace ElasticJob.Bench.Api;

/// <summary>How long the lists of the API take over HTTP, with 10,000 jobs and a long history, on both databases; and what followers of the events cost.</summary>
internal static class ApiBench
{
    private const int Jobs = 10_000;
    private const int Batch = 5_000;
    private const int Repeats = 100;
    private const int Unmeasured = 40;

    public static async Task RunAsync(Table table, int runs, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-bench-").FullName;
        try
        {
            await using var sqlite = new SqliteEventStore(folder);
            await MeasureAsync(table, "SQLite", sqlite, runs, follow: true, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        await using PostgresServer server = await PostgresServer.CreateAsync();
        await using var postgres = new PostgresEventStore(
            new PostgresEventStoreOptions { ConnectionString = server.CreateDatabase() + ";Pooling=true" }, TimeProvider.System);
        await MeasureAsync(table, "PostgreSQL", postgres, runs, follow: false, cancellationToken);
    }

    private static async Task MeasureAsync(Table table, string name, IEventStore store, int runs, bool follow, CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        await using MeasuredApi api = await MeasuredApi.StartAsync(store, cancellationToken);
        foreach (SchedulerEvent[] batch in MadeRuns.Short(runs).Chunk(Batch))
        {
            await store.WriteAsync(batch, cancellationToken);
        }

        await api.ApplyAsync(Jobs, cancellationToken);
        foreach ((string what, Func<int, string> path) in Questions(runs))
        {
            await AskAsync(table, Table.Text($"{name}: {what}"), api, path, cancellationToken);
        }

        await PagesAsync(table, Table.Text($"{name}: following pages of runs of one outcome"), api, "/api/v1/runs?outcome=failed&limit=50", cancellationToken);
        await PagesAsync(table, Table.Text($"{name}: following pages of jobs by next due time"), api, "/api/v1/jobs?sort=-nextDue&limit=50", cancellationToken);
        if (follow)
        {
            await StreamBench.RunAsync(table, api, store, 2L * runs, cancellationToken);
        }
    }

    private static IEnumerable<(string What, Func<int, string> Path)> Questions(int runs)
    {
        // A multiplier without a common factor walks through all jobs in no order.
        static string Job(int i) => MadeRuns.Job(i * 7919);
        string from = Uri.EscapeDataString(MadeRuns.ShortDue(runs / 2).ToString("O"));
        string to = Uri.EscapeDataString(MadeRuns.ShortDue((runs / 2) + 1_000).ToString("O"));
        yield return ("jobs, first page", _ => "/api/v1/jobs?limit=50");
        yield return ("jobs, searched in names and descriptions", i => Table.Text($"/api/v1/jobs?limit=50&q=customer%20{i * 13}"));
        yield return ("jobs, by next due time", _ => "/api/v1/jobs?limit=50&sort=nextDue");
        yield return ("jobs, idle ones by last end", _ => "/api/v1/jobs?limit=50&state=idle&sort=-lastFinished");
        yield return ("runs, first page", _ => "/api/v1/runs?limit=50");
        yield return ("runs of a job", i => $"/api/v1/jobs/{Job(i)}/runs?limit=50");
        yield return ("runs of a job that failed", i => $"/api/v1/runs?limit=50&outcome=failed&job={Job(i)}");
        yield return ("runs that failed", _ => "/api/v1/runs?limit=50&outcome=failed");
        yield return ("runs that still run", _ => "/api/v1/runs?limit=50&state=running");
        yield return ("manual runs, of which there are none", _ => "/api/v1/runs?limit=50&trigger=manual");
        yield return ("runs of a time long ago", _ => $"/api/v1/runs?limit=50&since={from}&until={to}");
        yield return ("ledger of a job", i => $"/api/v1/jobs/{Job(i)}/ledger?limit=50");
        yield return ("one run", i => $"/api/v1/runs/{Uri.EscapeDataString(MadeRuns.ShortRun(i * 7919 % runs))}");
        yield return ("events, newest", _ => "/api/v1/events?limit=50");
        yield return ("events of a job", i => $"/api/v1/events?limit=50&job={Job(i)}");
        yield return ("events of a kind", _ => "/api/v1/events?limit=50&kind=runFinished");
    }

    private static async Task AskAsync(Table table, string what, MeasuredApi api, Func<int, string> path, CancellationToken cancellationToken)
    {
        // The first ones pay for the compiler, not for the list.
        for (int i = 1; i <= Unmeasured; i++)
        {
            await api.Client.GetStringAsync(path(Repeats + i), cancellationToken);
        }

        var times = new List<double>(Repeats);
        int length = 0;
        for (int i = 1; i <= Repeats; i++)
        {
            long from = Stopwatch.GetTimestamp();
            length = (await api.Client.GetStringAsync(path(i), cancellationToken)).Length;
            times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }

        Add(table, what, times, Table.Text($"{length / 1024.0:0.0} KiB"));
    }

    private static async Task PagesAsync(Table table, string what, MeasuredApi api, string path, CancellationToken cancellationToken)
    {
        var times = new List<double>(Repeats);
        string next = path;
        for (int i = 0; i < Repeats; i++)
        {
            long from = Stopwatch.GetTimestamp();
            JsonNode page = JsonNode.Parse(await api.Client.GetStringAsync(next, cancellationToken))!;
            times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            next = (string?)page["next"] is { } cursor ? $"{path}&cursor={Uri.EscapeDataString(cursor)}" : path;
        }

        Add(table, what, times, "by their cursors");
    }

    private static void Add(Table table, string what, List<double> times, string note)
    {
        times.Sort();
        table.Add(what, Table.Text($"{Table.Quantile(times, 0.5):0.0} / {Table.Quantile(times, 0.95):0.0} ms"), Table.Text($"p50 / p95 of {times.Count}; {note}"));
    }
}
