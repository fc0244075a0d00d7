using System.Diagnostics;
using System.Text;
using ElasticJob.Bench.Takeover;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Bench.ZooKeeper;

/// <summary>The client and the state store against a real server on this machine, and what things take up there.</summary>
internal static class ZooKeeperBench
{
    private const int Jobs = 10_000;
    private const int TasksPerJob = 5;
    private const int InFlight = 256;
    private const int Requests = 20_000;
    private const int RequestBytes = 100;
    private const int Rounds = 5;

    public static async Task RunAsync(Table table, CancellationToken cancellationToken)
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(cancellationToken);
        DiskBench.Run(table, "before");
        await LoadAsync(table, server, cancellationToken);
        await CommitsAsync(table, server, cancellationToken);
        await SizeOfARunAsync(table, server, cancellationToken);
        await RequestsAsync(table, server, cancellationToken);
        DiskBench.Run(table, "after");
    }

    private static async Task LoadAsync(Table table, ZooKeeperServer server, CancellationToken cancellationToken)
    {
        var options = new ZooKeeperOptions($"{server.Address}/load");
        int records;
        await using (var store = new ZooKeeperStateStore(options))
        {
            records = await MadeState.StoreAsync(store, "framework", Jobs, TimeProvider.System.GetUtcNow(), cancellationToken);
        }

        var loads = new List<double>();
        IReadOnlyList<Mutation> stored = [];
        for (int i = 0; i < Rounds + 1; i++)
        {
            await using ZooKeeperClient session = await ZooKeeperClient.ConnectAsync(options, cancellationToken);
            await using var next = new ZooKeeperStateStore(session);
            long from = Stopwatch.GetTimestamp();
            StoredState state = await next.OpenAsync(cancellationToken);
            loads.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            stored = state.Records;
            if (state.Records.Count != records)
            {
                throw new InvalidOperationException(Table.Text($"{records} records were stored, {state.Records.Count} loaded"));
            }
        }

        double first = loads[0];
        loads.Sort();
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options, cancellationToken);
        StoredTree tree = await StoredTree.ReadAsync(client, ZooKeeperStateStore.DefaultRoot, cancellationToken);
        table.Add(
            "store: load",
            Table.Text($"{Table.Quantile(loads, 0.5):0} ms"),
            Table.Text($"{Jobs:0,0} jobs with {Jobs * TasksPerJob:0,0} running tasks, {records:0,0} records; epoch raised, read, unpacked and sorted; median of {loads.Count}, the first {first:0} ms"));
        table.Add(
            "store: size of that",
            Table.Text($"{tree.Bytes / 1048576.0:0.0} MiB"),
            Table.Text($"{tree.Nodes:0,0} nodes; compressed, of {stored.Sum(Bytes) / 1048576.0:0.0} MiB (names and definitions are all alike here)"));
        table.Add(
            "store: a job / a running task",
            Table.Text($"{Share(Jobs, "jobs/", "versions/", "cursors/"):0} / {Share(Jobs * TasksPerJob, "runs/"):0} bytes"),
            "before compression; a job with its definition and place in the schedule, a task with its part of the run");

        double Share(int among, params string[] prefixes) =>
            (double)stored.Where(record => prefixes.Any(prefix => record.Key.StartsWith(prefix, StringComparison.Ordinal))).Sum(Bytes) / among;

        static long Bytes(Mutation record) => record.Key.Length + record.Value!.Length;
    }

    private static async Task CommitsAsync(Table table, ZooKeeperServer server, CancellationToken cancellationToken)
    {
        const int Commits = 2_000;
        await using var store = new ZooKeeperStateStore(new ZooKeeperOptions($"{server.Address}/commits"));
        await store.OpenAsync(cancellationToken);
        byte[] value = Encoding.ASCII.GetBytes(new string('x', 300));
        await CommitAsync(200);
        long from = Stopwatch.GetTimestamp();
        List<double> each = await CommitAsync(Commits);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        each.Sort();
        table.Add(
            "store: commits per second",
            Table.Text($"{Commits / seconds:0,0}"),
            Table.Text($"one at a time, of one record of 300 bytes; p50 / p99 {Table.Quantile(each, 0.5):0.00} / {Table.Quantile(each, 0.99):0.00} ms, each durable at the server"));

        async Task<List<double>> CommitAsync(int count)
        {
            var took = new List<double>(count);
            for (int i = 0; i < count; i++)
            {
                long begun = Stopwatch.GetTimestamp();
                await store.CommitAsync([new Mutation($"runs/{i % 100}", value)], cancellationToken);
                took.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            return took;
        }
    }

    private static async Task SizeOfARunAsync(Table table, ZooKeeperServer server, CancellationToken cancellationToken)
    {
        const int Runs = 400;
        var options = new ZooKeeperOptions($"{server.Address}/runs");
        await using var store = new ZooKeeperStateStore(options);
        await store.OpenAsync(cancellationToken);
        var writes = new RunWrites(store);
        await writes.RunAsync(Runs, cancellationToken);
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options, cancellationToken);
        StoredTree journal = await StoredTree.ReadAsync(client, $"{ZooKeeperStateStore.DefaultRoot}/journal", cancellationToken);
        table.Add(
            "store: writes of a run",
            Table.Text($"{(double)writes.Commits / writes.Finished:0.0}"),
            Table.Text($"transactions, each one node of the journal and {(double)journal.Bytes / (journal.Nodes - 1):0} bytes; one shard, nothing else at the same time; {writes.Finished} runs"));
    }

    private static async Task RequestsAsync(Table table, ZooKeeperServer server, CancellationToken cancellationToken)
    {
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(
            new ZooKeeperOptions(server.Address) { MaxInFlight = InFlight, SessionTimeout = TimeSpan.FromSeconds(30) }, cancellationToken);
        await client.CreateAsync("/ours", cancellationToken: cancellationToken);
        byte[] data = new byte[RequestBytes];
        double writes = await RateAsync(() => client.SetDataAsync("/ours", data, cancellationToken: cancellationToken));
        double reads = await RateAsync(() => client.GetDataAsync("/ours", cancellationToken: cancellationToken));
        List<double> theirs = [.. await PeerClient.SetDataAsync(server.Address, "/theirs", Requests, InFlight, RequestBytes, Rounds, cancellationToken)];
        theirs.Sort();
        string peer = theirs.Count > 0
            ? Table.Text($"; ZooKeeper's Java client {Table.Quantile(theirs, 0.5):0,0}: {writes / Table.Quantile(theirs, 0.5):0.00} times as many")
            : "; no Java compiler here to measure ZooKeeper's own client";
        table.Add("client: setData per second", Table.Text($"{writes:0,0}"), Table.Text($"{RequestBytes} bytes, {InFlight} in flight on one session; median of {Rounds} rounds of {Requests:0,0}{peer}"));
        table.Add("client: getData per second", Table.Text($"{reads:0,0}"), "the same");
    }

    private static async Task<double> RateAsync(Func<Task> request)
    {
        var rates = new List<double>(Rounds);
        for (int round = 0; round < Rounds; round++)
        {
            var all = new Task[Requests];
            long from = Stopwatch.GetTimestamp();
            for (int i = 0; i < Requests; i++)
            {
                all[i] = request();
            }

            await Task.WhenAll(all);
            rates.Add(Requests / Stopwatch.GetElapsedTime(from).TotalSeconds);
        }

        rates.Sort();
        return Table.Quantile(rates, 0.5);
    }
}
