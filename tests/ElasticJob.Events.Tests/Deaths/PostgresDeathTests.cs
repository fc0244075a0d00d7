using ElasticJob.Events.Tests.Contract;
using ElasticJob.Scheduling.Events;
using ElasticJob.Servers;
using Npgsql;

namespace ElasticJob.Events.Tests.Deaths;

/// <summary>The server may die as well.</summary>
public sealed class PostgresDeathTests : WriterDeaths, IAsyncLifetime
{
    private readonly PostgresServer server = new();
    private string database = "";

    protected override string Place => database;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        database = server.CreateDatabase();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task WriteAsync_ServerKilledAgainAndAgain_EachEventOnce()
    {
        await using var store = new PostgresEventStore(
            new PostgresEventStoreOptions { ConnectionString = database + ";Pooling=true" }, TimeProvider.System);
        await store.OpenAsync(Cancellation);
        var passed = new SemaphoreSlim(0);
        int failures = 0;
        Task writing = WriteAsync();

        for (int kill = 1; kill <= 3; kill++)
        {
            (await passed.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).ShouldBeTrue();
            server.Kill();
            await server.StartAsync();
        }

        await writing;
        failures.ShouldBeGreaterThan(0);
        await EachEventIsThereOnceAsync();
        (await AskAsync("select sum(rows)::text from event_days")).ShouldBe($"{Last}");

        async Task WriteAsync()
        {
            int count = 0;
            foreach (SchedulerEvent[] batch in EventWriter.Stream(0, Last).Chunk(EventWriter.BatchSize))
            {
                while (!await TryAsync(batch))
                {
                    failures++;
                    await server.Ready.WaitAsync(Cancellation);
                }

                if (++count % 25 == 0)
                {
                    passed.Release();
                }
            }
        }

        async Task<bool> TryAsync(SchedulerEvent[] batch)
        {
            try
            {
                await store.WriteAsync(batch, Cancellation);
                return true;
            }
            catch (EventStoreException)
            {
                return false;
            }
        }
    }

    protected override async Task<string> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Search Path=elasticjob");
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
