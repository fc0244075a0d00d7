using ElasticJob.Events.Sqlite;
using ElasticJob.Events.Tests.Contract;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;

namespace ElasticJob.Events.Tests;

public sealed class SqliteEventStoreTests : EventStoreContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-events-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private protected override (IEventSink Sink, IEventQueries Queries, Func<EventRetention, DateTimeOffset, ValueTask<long>> Sweep) Create()
    {
        var store = new SqliteEventStore(folder);
        return (store, store, (retention, now) => store.RemoveOldAsync(retention, now, Cancellation));
    }

    [Fact]
    public async Task OpenAsync_AfterRestart_GoesOn()
    {
        await using (var store = new SqliteEventStore(folder))
        {
            await store.OpenAsync(Cancellation);
            await store.WriteAsync([Event(5), Event(6)], Cancellation);
        }

        await using var again = new SqliteEventStore(folder);
        (await again.OpenAsync(Cancellation)).ShouldBe(6);
        await again.WriteAsync([Event(6), Event(7)], Cancellation);
        (await again.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Select(e => e.Sequence).ShouldBe([7, 6, 5]);
    }

    [Fact]
    public async Task OpenAsync_NewerSchema_IsRefused()
    {
        await using (var store = new SqliteEventStore(folder))
        {
            await store.OpenAsync(Cancellation);
        }

        using (SqliteDatabase database = SqliteDatabase.OpenWriter(Path.Combine(folder, "events.db")))
        {
            database.Run("update meta set value = 99 where name = 'schema'");
        }

        await using var again = new SqliteEventStore(folder);
        (await Should.ThrowAsync<EventStoreException>(async () => await again.OpenAsync(Cancellation))).Message.ShouldContain("newer ElasticJob (schema 99");
    }

    [Fact]
    public async Task OpenAsync_NotADatabase_SaysSo()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "events.db"), string.Concat(Enumerable.Repeat("not a database ", 1000)), Cancellation);
        await using var store = new SqliteEventStore(folder);
        (await Should.ThrowAsync<EventStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain("damaged");
    }

    [Fact]
    public async Task OpenAsync_FolderCannotBe_SaysSo()
    {
        string file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        await using var store = new SqliteEventStore(Path.Combine(file, "data"));
        (await Should.ThrowAsync<EventStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain("cannot be written");
    }

    [Fact]
    public async Task WriteAsync_WhileAReaderHoldsItsSnapshot_IsNotHeldUp()
    {
        await using var store = new SqliteEventStore(folder);
        await store.OpenAsync(Cancellation);
        await store.WriteAsync([Event(1)], Cancellation);
        using SqliteDatabase reader = SqliteDatabase.OpenReader(Path.Combine(folder, "events.db"));
        reader.Run("begin");
        reader.Prepare("select count(*) from events").Scalar().ShouldBe(1);

        await store.WriteAsync([Event(2)], Cancellation);

        reader.Prepare("select count(*) from events").Scalar().ShouldBe(1);
        reader.Run("rollback");
        reader.Prepare("select count(*) from events").Scalar().ShouldBe(2);
    }

    [Fact]
    public async Task CompatibleViews_ARunTriedTwice_HaveElasticJobCloudsColumns()
    {
        await using var store = new SqliteEventStore(folder);
        await store.OpenAsync(Cancellation);
        await store.WriteAsync(OneRun("a", "a-1", Start), Cancellation);
        using SqliteDatabase reader = SqliteDatabase.OpenReader(Path.Combine(folder, "events.db"));

        reader.Prepare(
            """
            select job_name, task_id, hostname, ip, sharding_item, execution_source, coalesce(failure_cause, '-'), is_success, start_time, complete_time
            from JOB_EXECUTION_LOG order by id
            """)
            .Read(row => string.Join('|', Enumerable.Range(0, 10).Select(row.Text)))
            .ShouldBe(
            [
                "a|a-1-t1|node1|10.0.0.1|0|NORMAL_TRIGGER|exit code 3|0|2026-03-01 10:00:03.000|2026-03-01 10:00:04.000",
                "a|a-1-t2|node1|10.0.0.1|0|FAILOVER|-|1|2026-03-01 10:00:07.000|2026-03-01 10:00:08.000",
            ]);
        reader.Prepare(
            """
            select job_name, original_task_id, task_id, slave_id, source, execution_type, sharding_item, state, message, creation_time
            from JOB_STATUS_TRACE_LOG order by id
            """)
            .Read(row => string.Join('|', Enumerable.Range(0, 9).Select(row.Text)))
            .ShouldBe(
            [
                "a||a-1-t1|agent-1|CLOUD_SCHEDULER|READY|0|TASK_STAGING|",
                "a||a-1-t1|agent-1|CLOUD_EXECUTOR|READY|0|TASK_RUNNING|",
                "a||a-1-t1|agent-1|CLOUD_EXECUTOR|READY|0|TASK_FAILED|exit code 3",
                "a|a-1-t1|a-1-t2|agent-1|CLOUD_SCHEDULER|FAILOVER|0|TASK_STAGING|",
                "a|a-1-t1|a-1-t2|agent-1|CLOUD_SCHEDULER|FAILOVER|0|TASK_RUNNING|",
                "a|a-1-t1|a-1-t2|agent-1|CLOUD_SCHEDULER|FAILOVER|0|TASK_FINISHED|",
            ]);
    }

    [Fact]
    public void Names_OfEveryKind_AreReadBack()
    {
        foreach (EventKind kind in Enum.GetValues<EventKind>())
        {
            EventText.Read<EventKind>(EventText.Name(kind)).ShouldBe(kind);
        }

        EventSchema.Steps.Count.ShouldBe(3);
    }
}
