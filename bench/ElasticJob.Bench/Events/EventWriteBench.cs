using System.Diagnostics;
using ElasticJob.Events;
using ElasticJob.Scheduling.Events;
using ElasticJob.Servers;
using Npgsql;

namespace ElasticJob.Bench.Events;

/// <summary>
/// How many events a second reach the tables, in batches as the scheduler writes them, each synced. Beside it stand what the same server does at
/// best with the same rows (one COPY into a table without index) and at worst (one insert and one commit each).
/// </summary>
internal static class EventWriteBench
{
    private const int Runs = 20_000;
    private const int Batch = 5_000;
    private const int Singles = 1_000;
    private const int FewRuns = 400;
    private const int FewInBatch = 15;

    public static async Task RunAsync(Table table, CancellationToken cancellationToken)
    {
        List<SchedulerEvent> events = MadeRuns.Stream(0, Runs, TimeSpan.FromMilliseconds(0.5));
        await PostgresAsync(table, events, cancellationToken);
        await SqliteAsync(table, events, cancellationToken);
    }

    private static async Task PostgresAsync(Table table, List<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        await using PostgresServer server = await PostgresServer.CreateAsync(durable: true);
        string database = server.CreateDatabase() + ";Pooling=true";
        await using var store = new PostgresEventStore(new PostgresEventStoreOptions { ConnectionString = database }, TimeProvider.System);
        await store.OpenAsync(cancellationToken);
        (double rate, string cpu) = await WriteAsync(store, events, cancellationToken);
        long last = events[^1].Sequence;
        List<SchedulerEvent> more = [.. MadeRuns.Stream(Runs, FewRuns, TimeSpan.FromMilliseconds(0.5)).Select((e, i) => e with { Sequence = last + i + 1 })];
        (double fewRate, string fewCpu) = await WriteAsync(store, more, cancellationToken, FewInBatch);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(cancellationToken);
        var peers = new RawRows(connection);
        await peers.ReadAsync(cancellationToken);
        double copy = await peers.CopyAsync(cancellationToken);
        double single = await peers.InsertAsync(Singles, cancellationToken);
        table.Add("events/s into PostgreSQL", Table.Text($"{rate:0}"), Table.Text($"{events.Count} events of {Runs} runs in batches of {Batch}, with runs, tasks, shards and ledger; {rate / copy:0.00} of raw COPY, {rate / single:0} times single inserts; {cpu}"));
        table.Add("events/s into PostgreSQL, few at a time", Table.Text($"{fewRate:0}"), Table.Text($"{more.Count} events in batches of {FewInBatch}; {fewCpu}"));
        table.Add("raw COPY of the same rows, rows/s", Table.Text($"{copy:0}"), "one COPY into a table without index: nothing can be faster");
        table.Add("single inserts of the same rows, rows/s", Table.Text($"{single:0}"), "one statement and one commit per event, as ElasticJob Cloud does");
    }

    private static async Task SqliteAsync(Table table, List<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-bench-").FullName;
        try
        {
            await using var store = new SqliteEventStore(folder);
            await store.OpenAsync(cancellationToken);
            (double rate, string cpu) = await WriteAsync(store, events, cancellationToken);
            table.Add("events/s into SQLite", Table.Text($"{rate:0}"), Table.Text($"the same events and batches; {cpu}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <returns>Events per second, and the processor time that each took in this process and in the server: that hardly depends on what else runs here.</returns>
    private static async Task<(double Rate, string Cpu)> WriteAsync(IEventSink sink, List<SchedulerEvent> events, CancellationToken cancellationToken, int batchSize = Batch)
    {
        (double here, double server) = Cpu();
        long from = Stopwatch.GetTimestamp();
        foreach (SchedulerEvent[] batch in events.Chunk(batchSize))
        {
            await sink.WriteAsync(batch, cancellationToken);
        }

        double rate = events.Count / Stopwatch.GetElapsedTime(from).TotalSeconds;
        (double hereAfter, double serverAfter) = Cpu();
        return (rate, Table.Text($"{1e6 * (hereAfter - here) / events.Count:0.0} µs of processor per event here, {1e6 * (serverAfter - server) / events.Count:0.0} µs in the server"));
    }

    private static (double Here, double Server) Cpu()
    {
        List<Processes.Sample> tree = Processes.Tree(Environment.ProcessId);
        return (tree.Where(s => s.Id == Environment.ProcessId).Sum(s => s.CpuSeconds), tree.Where(s => s.Id != Environment.ProcessId).Sum(s => s.CpuSeconds));
    }
}
