using System.Text.RegularExpressions;
using ElasticJob.Events.Tests.Contract;
using ElasticJob.Events.Tests.Postgres;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using Npgsql;

namespace ElasticJob.Events.Tests;

/// <summary>The queries of docs/tables.md run as they stand there.</summary>
public sealed partial class DocumentedQueriesTests(SharedPostgres server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task QueriesForPostgres_Run()
    {
        string database = server.CreateDatabase();
        await using var store = new PostgresEventStore(new PostgresEventStoreOptions { ConnectionString = database }, TimeProvider.System);
        await store.OpenAsync(Cancellation);
        await store.WriteAsync(Events(), Cancellation);
        await using var connection = new NpgsqlConnection(database + ";Search Path=elasticjob");
        await connection.OpenAsync(Cancellation);

        List<string> queries = Queries("PostgreSQL");
        queries.Count.ShouldBeGreaterThanOrEqualTo(12);
        foreach (string sql in queries)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(Cancellation);
            reader.FieldCount.ShouldBeGreaterThan(0, sql);
        }
    }

    [Fact]
    public async Task QueriesForSqlite_Run()
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-events-").FullName;
        try
        {
            await using (var store = new SqliteEventStore(folder))
            {
                await store.OpenAsync(Cancellation);
                await store.WriteAsync(Events(), Cancellation);
            }

            using SqliteDatabase database = SqliteDatabase.OpenReader(Path.Combine(folder, "events.db"));
            List<string> queries = Queries("SQLite");
            queries.Count.ShouldBeGreaterThanOrEqualTo(12);
            foreach (string sql in queries)
            {
                Should.NotThrow(() => database.Prepare(sql.TrimEnd(';')).Read(static row => row.Text(0)), sql);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<SchedulerEvent> Events() => [.. Enumerable.Range(0, 30).SelectMany(run => EventStoreContract.Run(run))];

    private static List<string> Queries(string database) =>
        [.. Block().Matches(File.ReadAllText(Path.Combine(Root(), "docs", "tables.md"))).Where(m => m.Groups[1].Value is "both" || m.Groups[1].Value == database).Select(m => m.Groups[2].Value.Trim())];

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ElasticJob.sln")))
        {
            folder = Path.GetDirectoryName(folder).ShouldNotBeNull();
        }

        return folder;
    }

    [GeneratedRegex("```sql\n-- (both|SQLite|PostgreSQL)\n(.*?)```", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Block();
}
