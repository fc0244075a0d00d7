using ElasticJob.Events.Postgres;
using ElasticJob.Events.Tests.Contract;
using ElasticJob.Scheduling.Events;
using Npgsql;

namespace ElasticJob.Events.Tests.Postgres.Versions;

/// <summary>
/// What every event store does, with a server of each version that is supported, and what belongs to PostgreSQL alone: migration, partitions, the views, the examination.
/// Debian's version has further tests, see <see cref="PostgresEventStoreTests"/>.
/// </summary>
public abstract class PostgresVersionTests(PostgresVersion server) : EventStoreContract
{
    private readonly string database = server.CreateDatabase();

    private protected override (IEventSink Sink, IEventQueries Queries, Func<EventRetention, DateTimeOffset, ValueTask<long>> Sweep) Create()
    {
        PostgresEventStore store = Store();
        return (store, store, (retention, now) => store.RemoveOldAsync(retention, now, Cancellation));
    }

    [Fact]
    public async Task Version_IsTheOneThatIsMeant() => (await ReadAsync("show server_version")).ShouldHaveSingleItem().ShouldStartWith($"{server.Major}.");

    [Fact]
    public async Task OpenAsync_SchemaOfTheFirstVersion_IsBroughtUpToDateAndTakesABatchTwice()
    {
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(Cancellation);
            await PostgresEventSchema.MigrateAsync(connection, "elasticjob", "here", to: 1, Cancellation);
        }

        await using PostgresEventStore store = Store();
        (await store.OpenAsync(Cancellation)).ShouldBe(0);
        IReadOnlyList<SchedulerEvent> events = OneRun("a", "a-1", Start);
        await store.WriteAsync(events, Cancellation);
        await store.WriteAsync(events, Cancellation);

        (await ReadAsync("select count(*)::text from elasticjob.events")).ShouldBe(["11"]);
        (await ReadAsync("select sum(rows)::text from elasticjob.event_kinds")).ShouldBe(["11"]);
        (await ReadAsync("select task_id || ' ' || is_success from elasticjob.JOB_EXECUTION_LOG order by 1")).ShouldBe(["a-1-t1 0", "a-1-t2 1"]);
        (await ReadAsync("select count(*)::text from elasticjob.JOB_STATUS_TRACE_LOG")).ShouldBe(["6"]);
        (await store.RemoveOldAsync(new EventRetention { MaxAge = TimeSpan.FromDays(4) }, Start.AddDays(9), Cancellation)).ShouldBeGreaterThan(11);
        (await ReadAsync("select count(*)::text from elasticjob.event_days where day = '2026-03-01'")).ShouldBe(["0"]);
    }

    [Fact]
    public async Task Examination_FindsTheVersionGood() =>
        (await PostgresExamination.RunAsync(new PostgresEventStoreOptions { ConnectionString = database }, TimeProvider.System, Cancellation))
            .ShouldAllBe(f => f.Good && !f.Text.Contains("later than"));

    private PostgresEventStore Store() => new(new PostgresEventStoreOptions { ConnectionString = database }, TimeProvider.System);

    private async Task<List<string>> ReadAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Cancellation);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancellation);
        var rows = new List<string>();
        while (await reader.ReadAsync(Cancellation))
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}

public sealed class Postgres13Tests(Postgres13 server) : PostgresVersionTests(server), IClassFixture<Postgres13>;

public sealed class Postgres14Tests(Postgres14 server) : PostgresVersionTests(server), IClassFixture<Postgres14>;

public sealed class Postgres16Tests(Postgres16 server) : PostgresVersionTests(server), IClassFixture<Postgres16>;

public sealed class Postgres17Tests(Postgres17 server) : PostgresVersionTests(server), IClassFixture<Postgres17>;
