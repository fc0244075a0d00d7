using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ElasticJob.Bench;

/// <summary>The whole path: real processes, real HTTP, SQLite.</summary>
internal static class PlatformBench
{
    private const int Triggers = 300;
    private const int ManyJobs = 500;
    private const int ManyBatch = 50;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ManyTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(Table table, CancellationToken cancellationToken)
    {
        await using (Platform up = await Platform.StartAsync(examples: true, cancellationToken))
        {
            await StartAsync(table, up, cancellationToken);
            await IdleAsync(table, up, "examples", cancellationToken);
        }

        await using (Platform up = await Platform.StartAsync(examples: false, cancellationToken))
        {
            await IdleAsync(table, up, "no jobs", cancellationToken);
            await up.ApplyAsync(App(), cancellationToken);
            await LatencyAsync(table, up, cancellationToken);
            await RunsAsync(table, up, 1, 100, cancellationToken);
            await RunsAsync(table, up, 10, 50, cancellationToken);
            await RunsAsync(table, up, 100, 20, cancellationToken);
            await ManyAsync(table, up, cancellationToken);
        }
    }

    private static async Task StartAsync(Table table, Platform up, CancellationToken cancellationToken)
    {
        double ready = Stopwatch.GetElapsedTime(up.StartedAt).TotalSeconds;
        table.Add("start to ready", Table.Text($"{ready:0.0} s"), "`elasticjob up --examples`, empty data folder");
        List<JsonNode> events = await up.EventsAsync(
            0,
            "kind=runCreated,runFinished",
            seen => seen.Any(e => Kind(e) == "runFinished" && Text(e, "outcome") == "succeeded"),
            Look,
            cancellationToken);
        double finished = Stopwatch.GetElapsedTime(up.StartedAt).TotalSeconds;
        JsonNode end = events.First(e => Kind(e) == "runFinished" && Text(e, "outcome") == "succeeded");
        JsonNode begin = events.First(e => Kind(e) == "runCreated" && Text(e, "run") == Text(end, "run"));
        table.Add("start to first run finished", Table.Text($"{finished:0.0} s"), Table.Text($"{Text(end, "job")}; {(At(end) - At(begin)).TotalSeconds:0.0} s of it after its due time, with the start of the executor"));
    }

    private static async Task IdleAsync(Table table, Platform up, string name, CancellationToken cancellationToken)
    {
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);
        List<Processes.Sample> before = Processes.Tree(up.Id);
        long from = Stopwatch.GetTimestamp();
        await Task.Delay(IdleTime, TimeProvider.System, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        List<Processes.Sample> after = Processes.Tree(up.Id);
        foreach (IGrouping<string, Processes.Sample> kind in after.GroupBy(s => s.Kind))
        {
            Row($"idle, {name}: {kind.Key}", [.. kind]);
        }

        Row($"idle, {name}: sum", after);

        void Row(string what, List<Processes.Sample> samples)
        {
            double cpu = samples.Sum(s => s.CpuSeconds - (before.Find(b => b.Id == s.Id)?.CpuSeconds ?? 0));
            long wakeups = samples.Sum(s => s.Wakeups - (before.Find(b => b.Id == s.Id)?.Wakeups ?? 0));
            table.Add(
                what,
                Table.Text($"{100 * cpu / seconds:0.0} % / {samples.Sum(s => s.PssMiB):0} MiB"),
                Table.Text($"of a core over {seconds:0} s / PSS; RSS {samples.Sum(s => s.RssMiB):0} MiB; {wakeups / seconds:0} waits a second; {samples.Count} processes"));
        }
    }

    private static async Task LatencyAsync(Table table, Platform up, CancellationToken cancellationToken)
    {
        string file = Path.Combine(up.Data, "started.txt");
        await up.ApplyAsync(Job("latency", 1, "overlap: allow", parameter: file), cancellationToken);

        // The first runs start the executor and warm all three processes.
        long warm = await up.LastSequenceAsync(cancellationToken);
        for (int i = 0; i < 50; i++)
        {
            await up.TriggerAsync("latency", cancellationToken);
        }

        await up.EventsAsync(warm, "job=latency&kind=runFinished", seen => seen.Count >= 50, Look, cancellationToken);
        long after = await up.LastSequenceAsync(cancellationToken);
        var asked = new Dictionary<string, DateTimeOffset>();
        var answered = new List<double>();
        for (int i = 0; i < Triggers; i++)
        {
            DateTimeOffset at = TimeProvider.System.GetUtcNow();
            string run = await up.TriggerAsync("latency", cancellationToken);
            asked.Add(run, at);
            TimeSpan took = TimeProvider.System.GetUtcNow() - at;
            answered.Add(took.TotalMilliseconds);
            if (took < Pace)
            {
                await Task.Delay(Pace - took, TimeProvider.System, cancellationToken);
            }
        }

        List<JsonNode> events = await up.EventsAsync(
            after, "job=latency&kind=runCreated,taskLaunched,taskStatus,runFinished", seen => seen.Count(e => Kind(e) == "runFinished") >= Triggers, Look, cancellationToken);
        var started = File.ReadLines(file).Select(l => l.Split(' ')).ToDictionary(l => l[0], l => new DateTimeOffset(long.Parse(l[1], CultureInfo.InvariantCulture), TimeSpan.Zero));
        Spread(table, "trigger to durable answer", answered, "the POST, as the caller sees it");
        Spread(table, "trigger to launch decided", Since(asked, events.Where(e => Kind(e) == "taskLaunched")), "event taskLaunched: REVIVE, offer, placement");
        Spread(table, "trigger to user code", [.. asked.Select(a => (started[a.Key] - a.Value).TotalMilliseconds)], Table.Text($"warm executor, {Triggers} triggers, one each {Pace.TotalMilliseconds:0} ms, by the executor's clock"));
        Spread(table, "trigger to RUNNING in the events", Since(asked, events.Where(e => Kind(e) == "taskStatus" && Text(e, "state") == "running")), "when the scheduler learned it");
        Spread(table, "trigger to run finished", Since(asked, events.Where(e => Kind(e) == "runFinished")), "when the scheduler learned it");
    }

    private static async Task RunsAsync(Table table, Platform up, int shards, int runs, CancellationToken cancellationToken)
    {
        string job = $"runs-{shards}";
        await up.ApplyAsync(Job(job, shards, "overlap: queueAll"), cancellationToken);
        long after = await up.LastSequenceAsync(cancellationToken);
        for (int i = 0; i < runs; i++)
        {
            await up.TriggerAsync(job, cancellationToken);
        }

        List<JsonNode> events = await up.EventsAsync(after, $"job={job}&kind=runCreated,runFinished", seen => seen.Count(e => Kind(e) == "runFinished") >= runs, Look, cancellationToken);
        double seconds = (events.Where(e => Kind(e) == "runFinished").Max(At) - events.Where(e => Kind(e) == "runCreated").Min(At)).TotalSeconds;
        int succeeded = events.Count(e => Text(e, "outcome") == "succeeded");
        table.Add($"runs per second, {shards} shards at once", Table.Text($"{runs / seconds:0.0}"), Table.Text($"{shards * runs / seconds:0} shards/s; {runs} runs of one job, one after the other (`queueAll`); {succeeded} succeeded"));
    }

    private static async Task ManyAsync(Table table, Platform up, CancellationToken cancellationToken)
    {
        long after = await up.LastSequenceAsync(cancellationToken);

        // An interval counts from when its job was stored: stored in batches, the jobs do not all fire at the same instant.
        for (int batch = 0; batch < ManyJobs; batch += ManyBatch)
        {
            var yaml = new StringBuilder();
            for (int i = batch; i < batch + ManyBatch; i++)
            {
                yaml.Append(Job($"many-{i}", 1, "overlap: forbid", every: "1s"));
            }

            await up.ApplyAsync(yaml.ToString(), cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(90), TimeProvider.System, cancellationToken);
        }

        await Task.Delay(Settle, TimeProvider.System, cancellationToken);
        DateTimeOffset from = TimeProvider.System.GetUtcNow();
        double cpuBefore = Processes.Tree(up.Id).Sum(s => s.CpuSeconds);
        await Task.Delay(ManyTime, TimeProvider.System, cancellationToken);
        double cpu = Processes.Tree(up.Id).Sum(s => s.CpuSeconds) - cpuBefore;
        DateTimeOffset until = from + ManyTime;
        List<JsonNode> events = await up.EventsAsync(
            after, "kind=runCreated,taskLaunched,dueSkipped,runFinished", seen => seen.Count > 0 && At(seen[^1]) > until + TimeSpan.FromSeconds(3), Look, cancellationToken);
        List<JsonNode> created = [.. events.Where(e => Kind(e) == "runCreated" && Due(e) >= from && Due(e) < until)];
        List<double> decided = [.. created.Select(e => (At(e) - Due(e)).TotalMilliseconds)];

        // The time of an event is that of its step, which begins before the commit. An offer that is asked for because a run waits can only come
        // after the commit of that run: the launch bounds it from above, unless it was decided in the very same step; then nothing is known.
        Dictionary<string, DateTimeOffset> launches = events.Where(e => Kind(e) == "taskLaunched").GroupBy(e => Text(e, "run")!).ToDictionary(g => g.Key, g => g.Min(At));
        List<double> committed = [.. created.Select(e => launches.TryGetValue(Text(e, "run")!, out DateTimeOffset at) && at > At(e) ? (at - Due(e)).TotalMilliseconds : double.PositiveInfinity)];
        int same = created.Count(e => launches.TryGetValue(Text(e, "run")!, out DateTimeOffset at) && at == At(e));
        int finished = events.Count(e => Kind(e) == "runFinished" && At(e) >= from && At(e) < until);
        int skipped = events.Where(e => Kind(e) == "dueSkipped" && Due(e) >= from && Due(e) < until).Sum(e => (int?)e["dueCount"] ?? 1);
        string were = Table.Text($"{created.Count + skipped} of {ManyJobs * ManyTime.TotalSeconds:0} due times answered, {skipped} of them skipped as overlapping");
        Share("decided", decided, were);
        Share("committed", committed, Table.Text($"upper bound: until the launch was decided after it; {same} of {created.Count} launched in the step that created them, which says nothing of the commit and counts as late"));
        table.Add(
            $"{ManyJobs} jobs every second: runs finished per second",
            Table.Text($"{finished / ManyTime.TotalSeconds:0}"),
            Table.Text($"{cpu / ManyTime.TotalSeconds:0.0} cores used by all processes; {ManyJobs / ManyBatch} instants a second"));

        void Share(string what, List<double> late, string note)
        {
            late.Sort();
            table.Add(
                $"{ManyJobs} jobs every second: {what} within 50 ms",
                Table.Text($"{100.0 * late.Count(l => l <= 50) / Math.Max(1, late.Count):0.0} %"),
                Table.Text($"p50 {Table.Quantile(late, 0.5):0.0} ms, p99 {Table.Quantile(late, 0.99):0.0} ms; {note}"));
        }
    }

    private static List<double> Since(Dictionary<string, DateTimeOffset> asked, IEnumerable<JsonNode> events) =>
        [.. events.GroupBy(e => Text(e, "run")!).Where(g => asked.ContainsKey(g.Key)).Select(g => (g.Min(At) - asked[g.Key]).TotalMilliseconds)];

    private static void Spread(Table table, string what, List<double> milliseconds, string note)
    {
        milliseconds.Sort();
        table.Add(what, Table.Text($"{Table.Quantile(milliseconds, 0.5):0.0} / {Table.Quantile(milliseconds, 0.99):0.0} ms"), $"p50 / p99 of {milliseconds.Count}; {note}");
    }

    private static string App() => $"""
        kind: App
        name: bench
        command: dotnet '{typeof(PlatformBench).Assembly.Location}'
        resources: {"{ cpus: 0.1, memory: 64Mi }"}

        """;

    private static string Job(string name, int shards, string policy, string? parameter = null, string? every = null) => $"""
        ---
        kind: Job
        name: {name}
        app: bench
        type: class
        class: shard
        shards: {"{"} count: {shards} {"}"}
        resources: {"{ cpus: 0.001, memory: 1Mi }"}
        policy: {"{"} {policy} {"}"}
        {(parameter is null ? "" : $"parameter: \"{parameter}\"")}
        {(every is null ? "" : $"every: {every}")}

        """;

    private static string? Kind(JsonNode e) => Text(e, "kind");

    private static string? Text(JsonNode e, string name) => (string?)e[name];

    private static DateTimeOffset At(JsonNode e) => (DateTimeOffset)e["at"]!;

    private static DateTimeOffset Due(JsonNode e) => (DateTimeOffset)e["dueAt"]!;
}
