using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Servers;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Recipes;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Bench.Takeover;

/// <summary>
/// How long nobody leads: two schedulers as processes, a real ZooKeeper server, a PostgreSQL, and a master that answers for all tasks.
/// <code>
///   kill -9   leader's session ends ──► next one: loads, subscribes ──► asks for its tasks ──► launches what is due
///   SIGTERM   leader finishes its batch, resigns ──► the same
/// </code>
/// </summary>
internal static class TakeoverBench
{
    private const string Framework = "framework-of-the-bench";
    private static readonly TimeSpan Session = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(Table table, int jobs, int times, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-takeover-").FullName;
        await using ZooKeeperServer zooKeeper = await ZooKeeperServer.StartAloneAsync(cancellationToken);
        await using PostgresServer postgres = await PostgresServer.CreateAsync(durable: true);
        await using MadeMaster master = await MadeMaster.StartAsync(cancellationToken);
        try
        {
            await MeasureAsync("", jobs);
            await MeasureAsync("small: ", 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task MeasureAsync(string prefix, int size)
        {
            string place = $"{zooKeeper.Address}/bench-{size}";
            await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(place), cancellationToken);
            await client.EnsurePathAsync("/", cancellationToken: cancellationToken);
            await using (var store = new ZooKeeperStateStore(client))
            {
                int records = await MadeState.StoreAsync(store, Framework, size, TimeProvider.System.GetUtcNow(), cancellationToken);
                Console.Error.WriteLine($"       {records:0,0} records are stored");
            }

            string events = Path.Combine(folder, $"postgres-{size}");
            await File.WriteAllTextAsync(events, postgres.CreateDatabase(), cancellationToken);
            BenchScheduler[] pair = [.. Enumerable.Range(1, 2).Select(i => new BenchScheduler($"scheduler-{size}-{i}", folder, place, Session, master.Address, events))];
            try
            {
                var takeovers = new List<Taken>();
                var handOvers = new List<Taken>();
                var late = new List<double>();
                for (int i = 0; i < times; i++)
                {
                    takeovers.Add(await OnceAsync(client, master, pair, size, killed: true, late, cancellationToken));
                    handOvers.Add(await OnceAsync(client, master, pair, size, killed: false, late, cancellationToken));
                }

                string state = size > 0 ? Table.Text($"{size:0,0} jobs, {size * 5:0,0} running tasks") : "one job";
                Tell(table, $"{prefix}kill -9: session end to ", takeovers, size, $"{state}; {times} times");
                Tell(table, $"{prefix}SIGTERM: signal to ", handOvers, size, $"{state}; {times} times");
                table.Add($"{prefix}SIGTERM: due seconds without a launch", Table.Text($"{handOvers.Sum(h => h.Missing)}"), Table.Text($"of {handOvers.Sum(h => h.Seconds)} around the hand-overs; kill -9: {takeovers.Sum(h => h.Missing)} of {takeovers.Sum(h => h.Seconds)}"));
                table.Add($"{prefix}SIGTERM: latest launch after its due second", Table.Text($"{handOvers.Max(h => h.Latest):0.00} s"), Table.Text($"otherwise {late.Order().ElementAt(late.Count / 2):0.00} s (median)"));
            }
            finally
            {
                foreach (BenchScheduler scheduler in pair)
                {
                    await scheduler.DisposeAsync();
                }
            }
        }
    }

    private static void Tell(Table table, string what, List<Taken> all, int size, string note)
    {
        Row("subscribed", t => t.Subscribed);
        if (size > 0)
        {
            Row("asking for all tasks", t => t.Asked);
        }

        Row("the first launch", t => t.Launched);
        Row("the first launch, processor time of the next leader", t => t.Cpu);

        void Row(string end, Func<Taken, double> of)
        {
            double[] sorted = [.. all.Select(of).Order()];
            table.Add(what + end, Table.Text($"{sorted[sorted.Length / 2]:0.00} s"), Table.Text($"longest {sorted[^1]:0.00} s; {note}"));
        }
    }

    /// <summary>Ends the leader in one way, and looks at what the other does.</summary>
    private static async Task<Taken> OnceAsync(
        ZooKeeperClient client, MadeMaster master, BenchScheduler[] pair, int size, bool killed, List<double> late, CancellationToken cancellationToken)
    {
        foreach (BenchScheduler scheduler in pair.Where(s => !s.Runs))
        {
            scheduler.Start();
        }

        await VolunteersAsync(client, v => v.Count == 2, cancellationToken);
        await UntilAsync(() => master.Calls.Any(c => c.Type == Call.Types.Type.Accept), cancellationToken);
        await UntilAsync(() => pair.Any(s => s.Says("has rehearsed it")), cancellationToken);
        await Task.Delay(Settle, TimeProvider.System, cancellationToken);
        late.AddRange(Launches(master.Calls).OrderBy(l => l.Key).TakeLast(3).Select(l => l.Value));
        string first = (await VolunteersAsync(client, v => v.Count == 2, cancellationToken))[0];
        BenchScheduler leader = pair.Single(s => s.Name == first);
        BenchScheduler next = pair.Single(s => s.Name != first);
        DateTimeOffset wall = TimeProvider.System.GetUtcNow();

        long from = Stopwatch.GetTimestamp();
        TimeSpan used = next.Cpu;
        if (killed)
        {
            await leader.KillAsync();
            await VolunteersAsync(client, v => v is [var now, ..] && now != first, cancellationToken);
            from = Stopwatch.GetTimestamp();
            used = next.Cpu;
        }
        else
        {
            leader.Terminate();
        }

        await UntilAsync(() => LaunchAfter() is not null, cancellationToken);
        used = next.Cpu - used;
        DateTimeOffset launched = LaunchAfter()!.Wall;
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, cancellationToken);
        Noted subscribed = Since(Call.Types.Type.Subscribe)!;
        if (subscribed.Framework != Framework)
        {
            throw new InvalidOperationException($"The new leader subscribed as {subscribed.Framework ?? "a new framework"} instead of {Framework}.");
        }

        // Each second from before the end of the one to after the first launch of the other must have had its own launch.
        IReadOnlyDictionary<DateTimeOffset, double> launches = Launches(master.Calls);
        DateTimeOffset[] due = [.. EachSecond(wall, launched)];
        return new Taken(
            Seconds(subscribed),
            size > 0 ? Seconds(master.Calls.First(c => c.At > subscribed.At && c.Type == Call.Types.Type.Reconcile && c.Tasks.Count >= size * 5)) : 0,
            Seconds(LaunchAfter()!),
            due.Length,
            due.Count(d => !launches.ContainsKey(d)),
            due.Where(launches.ContainsKey).Select(d => launches[d]).DefaultIfEmpty().Max(),
            used.TotalSeconds);

        Noted? Since(Call.Types.Type type) => master.Calls.FirstOrDefault(c => c.At > from && c.Type == type);
        Noted? LaunchAfter() => Since(Call.Types.Type.Subscribe) is { } start ? master.Calls.FirstOrDefault(c => c.At > start.At && c.Type == Call.Types.Type.Accept) : null;
        double Seconds(Noted noted) => Stopwatch.GetElapsedTime(from, noted.At).TotalSeconds;
    }

    private static IEnumerable<DateTimeOffset> EachSecond(DateTimeOffset from, DateTimeOffset to)
    {
        for (var second = DateTimeOffset.FromUnixTimeSeconds(from.ToUnixTimeSeconds()); second <= to; second += TimeSpan.FromSeconds(1))
        {
            yield return second;
        }
    }

    /// <summary>By due second: how many seconds later the tick's task was launched. Its run's name tells when it was due.</summary>
    private static FrozenDictionary<DateTimeOffset, double> Launches(IEnumerable<Noted> calls) => calls
        .Where(c => c.Type == Call.Types.Type.Accept)
        .SelectMany(c => c.Tasks.Where(t => t.StartsWith(MadeState.Tick + "@", StringComparison.Ordinal)).Select(t => (Due: DueOf(t), c.Wall)))
        .DistinctBy(l => l.Due)
        .ToFrozenDictionary(l => l.Due, l => (l.Wall - l.Due).TotalSeconds);

    private static DateTimeOffset DueOf(string task) =>
        DateTimeOffset.ParseExact(task[(MadeState.Tick.Length + 1)..].Split('_')[0].Split('-')[0].Split('.')[0], "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>The names of the schedulers in the order of their turns, as soon as they are as wanted.</summary>
    private static async Task<IReadOnlyList<string>> VolunteersAsync(ZooKeeperClient client, Func<IReadOnlyList<string>, bool> wanted, CancellationToken cancellationToken)
    {
        var election = new LeaderElection(client, "/schedulers", default);
        while (true)
        {
            try
            {
                var changed = new OneTimeWatch();
                string[] names = [.. (await election.GetVolunteersAsync(changed, cancellationToken)).Select(n => (string?)JsonNode.Parse(n.Data)!["name"] ?? "")];
                if (wanted(names))
                {
                    return names;
                }

                await changed.Fired.WaitAsync(cancellationToken);
            }
            catch (ZooKeeperException none) when (none.Error == ZooKeeperError.NoNode)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static async Task UntilAsync(Func<bool> wanted, CancellationToken cancellationToken)
    {
        while (!wanted())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>One change of the lead: seconds until this and that, and what became of the due seconds around it.</summary>
    private sealed record Taken(double Subscribed, double Asked, double Launched, int Seconds, int Missing, double Latest, double Cpu);
}
