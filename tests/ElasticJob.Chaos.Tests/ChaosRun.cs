using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Chaos.App;
using ElasticJob.Chaos.Checking;
using ElasticJob.Chaos.Processes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Chaos;

/// <summary>
/// <code>
///   1 start all   2 store the jobs   3 faults, for as long as asked   4 mend all, wait until what was due is done   5 compare what all say
/// </code>
/// </summary>
internal static class ChaosRun
{
    public static async Task<Outcome> RunAsync(ChaosOptions options, Action<string> tell, CancellationToken cancellationToken)
    {
        tell($"seed {options.Seed}, {options.Length.TotalMinutes:0.#} minutes");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Length + (2 * options.Patience) + TimeSpan.FromMinutes(1));

        // 1, 2
        Installation installation = await Installation.StartAsync(options, patience.Token);
        bool good = false;
        try
        {
            string yaml = ChaosJobs.Yaml(options.Jobs, installation.WitnessPath);
            await installation.UntilAsync("api/v1/cluster/status", s => (bool?)s["connected"] == true, options.Patience, patience.Token);
            await installation.UntilAsync("api/v1/apply", _ => true, options.Patience, patience.Token, yaml);
            tell("all is up, and the jobs are stored");

            // 3
            var faults = new Faults(installation, options, tell);
            await faults.BefallAsync(patience.Token);

            // 4
            DateTimeOffset end = TimeProvider.System.GetUtcNow();
            await faults.MendAsync(patience.Token);
            tell("the faults are over");
            Verdict verdict = await JudgeAsync(installation, yaml, end, options.Patience, patience.Token);
            good = verdict.Violations.Count == 0;
            return new Outcome(options.Seed, faults.Counts, verdict.Figures, verdict.Violations, good ? null : installation.Folder);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"Seed {options.Seed}: {e.Message} Logs and witnesses: {installation.Folder}", e);
        }
        finally
        {
            await installation.DisposeAsync();
            if (good || cancellationToken.IsCancellationRequested)
            {
                Directory.Delete(installation.Folder, recursive: true);
            }
        }
    }

    /// <summary>4 waits until what was due by the end is done, and 5 compares.</summary>
    public static async Task<Verdict> JudgeAsync(Installation installation, string yaml, DateTimeOffset end, TimeSpan limit, CancellationToken cancellationToken)
    {
        SortedDictionary<long, SchedulerEvent> events = await SettledAsync(installation, end, limit, cancellationToken);
        HashSet<long> audited = await AuditedAsync(installation, limit, cancellationToken);
        return Verdict.Of(yaml, events, audited, installation.Witness().Read(), end);
    }

    /// <summary>The numbers of the audit log's entries: they are events too, kept apart from the others.</summary>
    private static async Task<HashSet<long>> AuditedAsync(Installation installation, TimeSpan limit, CancellationToken cancellationToken)
    {
        var audited = new HashSet<long>();
        string? cursor = null;
        do
        {
            string path = $"api/v1/audit?limit=1000{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}";
            JsonNode page = await installation.UntilAsync(path, _ => true, limit, cancellationToken);
            audited.UnionWith(page["items"]!.AsArray().Select(entry => (long)entry!["sequence"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);

        return audited;
    }

    /// <summary>Waits until every run that was due by the end has finished and the log goes beyond it, and returns the whole log.</summary>
    private static async Task<SortedDictionary<long, SchedulerEvent>> SettledAsync(Installation installation, DateTimeOffset end, TimeSpan limit, CancellationToken cancellationToken)
    {
        var events = new SortedDictionary<long, SchedulerEvent>();
        var open = new HashSet<string>();
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            JsonNode page = await installation.UntilAsync($"api/v1/events?limit=1000&after={(events.Count == 0 ? 0 : events.Keys.Last())}", _ => true, limit, cancellationToken);
            Page<SchedulerEvent> read = page.Deserialize(ApiJson.Default.PageSchedulerEvent)!;
            foreach (SchedulerEvent happening in read.Items)
            {
                events.Add(happening.Sequence, happening);
                if (happening is { Kind: EventKind.RunCreated } && happening.DueAt <= end)
                {
                    open.Add(happening.Run!);
                }
                else if (happening.Kind == EventKind.RunFinished)
                {
                    open.Remove(happening.Run!);
                }
            }

            if (read.Items.Count == 0)
            {
                if (open.Count == 0 && events.Count > 0 && events.Values.Last().At > end + TimeSpan.FromSeconds(10))
                {
                    return events;
                }

                if (Stopwatch.GetElapsedTime(started) > limit)
                {
                    throw new TimeoutException($"After {limit.TotalSeconds:0} s without faults {open.Count} runs had not finished: {string.Join(", ", open.Take(10))}.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken);
            }
        }
    }
}
