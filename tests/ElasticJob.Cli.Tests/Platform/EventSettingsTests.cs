using System.Text.Json.Nodes;
using ElasticJob.Cli.Platform;
using ElasticJob.Events;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Cli.Tests.Platform;

public sealed class EventSettingsTests : IDisposable
{
    private const string Connection = "Host=db;Database=jobs;Username=elasticjob;Password=hush-hush";

    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-events-").FullName;
    private readonly List<string> faults = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Read_ConnectionStringInAFile_IsReadFromBesideTheConfiguration()
    {
        File.WriteAllText(Path.Combine(folder, "pg"), Connection + "\n");

        EventOptions options = Read("""{ "postgres": { "connectionString": { "fromFile": "pg" }, "schema": "history" }, "sqlite": true, "log": true }""");

        faults.ShouldBeEmpty();
        (options.Postgres!.ConnectionString, options.Postgres.Schema, options.Sqlite, options.Log).ShouldBe((Connection, "history", true, true));
        $"{options}".ShouldNotContain("hush-hush");
    }

    [Fact]
    public void Read_Retention_SetsWhatItNamesAndLeavesTheRest()
    {
        EventRetention retention = Read("""
            { "retention": { "maxAge": "7d", "maxEvents": 1000, "maxRuns": 200, "kinds": { "taskStatus": "12h", "jobUpdated": { "maxAge": "365d", "maxRows": 7 }, "execution": { "maxRows": 9 } }, "maxAuditEntries": 50 } }
            """).Retention;

        faults.ShouldBeEmpty();
        (retention.MaxAge, retention.MaxEvents, retention.MaxRuns, retention.MaxAuditEntries).ShouldBe((TimeSpan.FromDays(7), 1000, 200, 50));
        retention.MaxAgeByKind.ShouldBe(new Dictionary<EventKind, TimeSpan> { [EventKind.TaskStatus] = TimeSpan.FromHours(12), [EventKind.JobUpdated] = TimeSpan.FromDays(365) }, ignoreOrder: true);
        retention.MaxRowsByKind.ShouldBe(new Dictionary<EventKind, long> { [EventKind.JobUpdated] = 7, [EventKind.Execution] = 9 }, ignoreOrder: true);
        retention.MaxAuditAge.ShouldBe(new EventRetention().MaxAuditAge);
    }

    [Fact]
    public void Read_Nothing_KeepsEventsInTheDataFolder() => EventSettings.Read(null, folder, faults).ShouldBe(new EventOptions { Further = [] }, new ByPlaces());

    [Theory]
    [InlineData("""{ "postgres": { "connectionString": "Host=db;Password=hush-hush" } }""", "events.postgres.connectionString: holds a password")]
    [InlineData("""{ "postgres": { "connectionString": "Username=me" } }""", "names no host")]
    [InlineData("""{ "postgres": { "connectionString": "Host=db", "schema": "a b" } }""", "is not a name for a schema")]
    [InlineData("""{ "postgres": { "connectionString": { "fromFile": "none" } } }""", "connectionString.fromFile: cannot be read")]
    [InlineData("""{ "postgres": { "connectionString": { "fromEnv": "ELASTICJOB_TEST_NOT_SET" } } }""", "ELASTICJOB_TEST_NOT_SET is not set")]
    [InlineData("""{ "postgres": { "connectionString": { } } }""", "must have one of fromFile and fromEnv")]
    [InlineData("""{ "postgres": { } }""", "events.postgres.connectionString: must be")]
    [InlineData("""{ "postgres": true }""", "events.postgres: must be an object")]
    [InlineData("""{ "sqlite": false }""", "events: needs a place")]
    [InlineData("""{ "log": "yes" }""", "events.log: must be true or false")]
    [InlineData("""{ "mysql": {} }""", "events.mysql: is not known; known are postgres, sqlite, log, sinks, retention")]
    [InlineData("""{ "retention": { "maxAge": "soon" } }""", "events.retention.maxAge: must be an age")]
    [InlineData("""{ "retention": { "maxRuns": 0 } }""", "events.retention.maxRuns: must be a whole number")]
    [InlineData("""{ "retention": { "kinds": { "taskstatus": "1d" } } }""", "events.retention.kinds.taskstatus: is not known")]
    [InlineData("""{ "retention": { "kinds": { "taskStatus": "0s" } } }""", "events.retention.kinds.taskStatus: must be an age")]
    [InlineData("""{ "retention": { "kinds": { "taskStatus": { "maxRows": 0 } } } }""", "events.retention.kinds.taskStatus.maxRows: must be a whole number")]
    [InlineData("""{ "retention": { "kinds": { "taskStatus": { "maxAge": 5 } } } }""", "events.retention.kinds.taskStatus.maxAge: must be an age")]
    [InlineData("""{ "retention": { "kinds": { "taskStatus": { "rows": 5 } } } }""", "events.retention.kinds.taskStatus.rows: is not known; known are maxAge, maxRows")]
    [InlineData("""{ "retention": { "kinds": { "audited": "5d" } } }""", "events.retention.kinds.audited: is the audit log; set events.retention.maxAuditAge")]
    [InlineData("""{ "retention": [] }""", "events.retention: must be an object")]
    public void Read_Fault_SaysWhereAndTheMend(string section, string fault)
    {
        Read(section);
        faults.ShouldContain(f => f.Contains(fault));
        string.Join('\n', faults).ShouldNotContain("hush-hush");
    }

    private EventOptions Read(string section) => EventSettings.Read(JsonNode.Parse(section), folder, faults);

    private sealed class ByPlaces : IEqualityComparer<EventOptions>
    {
        public bool Equals(EventOptions? x, EventOptions? y) => (x?.Postgres, x?.Sqlite, x?.Log) == (y?.Postgres, y?.Sqlite, y?.Log);

        public int GetHashCode(EventOptions options) => 0;
    }
}
