using System.Diagnostics;
using ElasticJob.Events.Tests.Contract;
using ElasticJob.Scheduling.Events;
using Npgsql;

namespace ElasticJob.Events.Tests.Postgres;

/// <summary>Whoever dies and whenever: each event is there once, and so is all that follows from it.</summary>
public sealed class PostgresDeathTests : IAsyncLifetime
{
    private const long Last = 200 * EventStoreContract.EventsOfOneRun;

    private readonly PostgresServer server = new();
    private string database = "";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        database = server.CreateDatabase();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task WriteAsync_WriterKilledAgainAndAgain_EachEventOnce()
    {
        long confirmed = 0;
        for (int kill = 1; kill <= 4; kill++)
        {
            using Process writer = EventWriter.Start(database, confirmed, Last);
            long goal = kill * Last / 6;
            while (confirmed < goal)
            {
                confirmed = long.Parse((await writer.StandardOutput.ReadLineAsync(Cancellation)).ShouldNotBeNull());
            }

            // The next batch is on its way. What is confirmed now and not read here is repeated by the next writer, as after a lost confirmation.
            writer.Kill();
            await writer.WaitForExitAsync(Cancellation);
        }

        using Process last = EventWriter.Start(database, confirmed - EventWriter.BatchSize, Last);
        await last.StandardOutput.ReadToEndAsync(Cancellation);
        await last.WaitForExitAsync(Cancellation);

        last.ExitCode.ShouldBe(0);
        await EachEventIsThereOnceAsync();
    }

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

    private async Task EachEventIsThereOnceAsync()
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText =
            """
            select concat_ws(' ', (select count(*) from elasticjob.events), (select count(distinct sequence) from elasticjob.events),
              (select max(sequence) from elasticjob.events), (select count(*) from elasticjob.runs where outcome = 'succeeded'),
              (select count(*) from elasticjob.tasks where ended_at is not null), (select count(*) from elasticjob.ledger where outcome = 'succeeded'),
              (select sum(rows) from elasticjob.event_days))
            """;
        (await command.ExecuteScalarAsync(Cancellation)).ShouldBe($"{Last} {Last} {Last} 200 400 200 {Last}");
    }
}
