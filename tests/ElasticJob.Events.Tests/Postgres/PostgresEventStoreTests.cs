using ElasticJob.Events.Postgres;
using ElasticJob.Events.Tests.Contract;
using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using Npgsql;

[assembly: AssemblyFixture(typeof(ElasticJob.Events.Tests.Postgres.SharedPostgres))]

namespace ElasticJob.Events.Tests.Postgres;

public sealed class PostgresEventStoreTests(SharedPostgres server) : EventStoreContract
{
    private readonly string database = server.CreateDatabase();

    private protected override (IEventSink Sink, IEventQueries Queries, Func<EventRetention, DateTimeOffset, ValueTask<long>> Sweep) Create()
    {
        PostgresEventStore store = Store();
        return (store, store, (retention, now) => store.RemoveOldAsync(retention, now, Cancellation));
    }

    [Fact]
    public async Task OpenAsync_SeveralAtOnce_MigrateOnce()
    {
        PostgresEventStore[] stores = [.. Enumerable.Range(0, 4).Select(_ => Store())];

        long[] last = await Task.WhenAll(stores.Select(store => store.OpenAsync(Cancellation).AsTask()));

        last.ShouldAllBe(sequence => sequence == 0);
        (await ReadAsync("select value::text from elasticjob.meta where name = 'schema'")).ShouldBe([$"{PostgresEventSchema.Steps.Count}"]);
        foreach (PostgresEventStore store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task OpenAsync_SchemaOfTheFirstVersion_IsBroughtUpToDateWithItsRows()
    {
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(Cancellation);
            await PostgresEventSchema.MigrateAsync(connection, "elasticjob", "here", to: 1, Cancellation);
        }

        await ReadAsync(
            """
            create table elasticjob.events_20260301 partition of elasticjob.events for values from ('2026-03-01Z') to ('2026-03-02Z');
            insert into elasticjob.event_days values ('2026-03-01', 3);
            insert into elasticjob.events(sequence, at, kind, detail) select n, '2026-03-01T23:30:00Z', case n when 1 then 'jobCreated' else 'jobUpdated' end, '{}' from generate_series(1, 3) n;
            """);
        await ReadAsync("insert into elasticjob.tasks(sequence, task, run, job, shard, attempt, state, launched_at) values (1, 't', 'r', 'j', 0, 1, 'running', now())");
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);

        (await ReadAsync("select value::text from elasticjob.meta where name = 'schema'")).ShouldBe([$"{PostgresEventSchema.Steps.Count}"]);
        (await store.FindTaskAsync("t", Cancellation)).ShouldNotBeNull().State.ShouldBe(TaskState.Running);
        (await ReadAsync("select day || ' ' || kind || ' ' || rows from elasticjob.event_kinds order by 1")).ShouldBe(["2026-03-01 jobCreated 1", "2026-03-01 jobUpdated 2"]);
    }

    [Fact]
    public async Task OpenAsync_NewerSchema_IsRefused()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        await ReadAsync("update elasticjob.meta set value = 99 where name = 'schema'");

        (await Should.ThrowAsync<EventStoreException>(async () => await store.OpenAsync(Cancellation))).Message
            .ShouldContain("newer ElasticJob (schema 99; this one knows 5). Use that version or a later one.");
    }

    [Fact]
    public async Task OpenAsync_TablesOfAnotherProgram_AreLeftAlone()
    {
        await ReadAsync("create table public.runs(id integer)");
        await using var store = new PostgresEventStore(new PostgresEventStoreOptions { ConnectionString = database, Schema = "public" }, TimeProvider.System);

        (await Should.ThrowAsync<EventStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain("another program");
        (await ReadAsync("select count(*)::text from pg_class where relnamespace = 'public'::regnamespace")).ShouldBe(["1"]);
    }

    [Theory]
    [InlineData("Database=nowhere", "does not exist")]
    [InlineData("Host=/nowhere", "cannot be reached")]
    public async Task OpenAsync_CannotBe_SaysWhyWithoutThePassword(string change, string why)
    {
        await using var store = new PostgresEventStore(
            new PostgresEventStoreOptions { ConnectionString = $"{database};Password=hush-hush;{change}" }, TimeProvider.System);

        EventStoreException failure = await Should.ThrowAsync<EventStoreException>(async () => await store.OpenAsync(Cancellation));

        failure.Message.ShouldContain(why);
        failure.ToString().ShouldNotContain("hush-hush");
    }

    [Theory]
    [InlineData("Password=hush-hush;Prot=1", "public")]
    [InlineData("Password=hush-hush", "public")]
    [InlineData("Host=a", "a\"b")]
    public void Constructor_BadSettings_AreRefusedWithoutThePassword(string connection, string schema) =>
        Should.Throw<ArgumentException>(() => new PostgresEventStore(new PostgresEventStoreOptions { ConnectionString = connection, Schema = schema }, TimeProvider.System))
            .ToString().ShouldNotContain("hush-hush");

    [Fact]
    public async Task WriteAsync_BatchesCutAnywhere_MakeTheSameTables()
    {
        List<SchedulerEvent> events = [.. OneRun("a", "a-1", Start), .. OneRun("b", "b-1", Start.AddHours(1), 11)];
        var seen = new List<string>();
        foreach (int size in (int[])[1, 2, 3, 5, 22])
        {
            string schema = $"cut{size}";
            await using var store = new PostgresEventStore(new PostgresEventStoreOptions { ConnectionString = database, Schema = schema }, TimeProvider.System);
            await store.OpenAsync(Cancellation);
            foreach (SchedulerEvent[] batch in events.Chunk(size))
            {
                await store.WriteAsync(batch, Cancellation);
            }

            seen.Add(string.Join('\n', await ReadAsync(
                $"""
                select r::text from {schema}.runs r union all select t::text from {schema}.tasks t union all select l::text from {schema}.ledger l
                union all select s::text from {schema}.shards s order by 1
                """)));
        }

        seen[0].Split('\n').Length.ShouldBe(2 + 4 + 2 + 2);
        seen.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task WriteAsync_BegunInTheMiddleOfTheStream_KnowsTheTask()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);

        await store.WriteAsync([.. OneRun("a", "a-1", Start).Skip(3)], Cancellation);

        (await store.TasksAsync("a-1", new PageRequest(OldestFirst: true), Cancellation)).Items.Select(task => (task.Id, task.State, task.AgentAddress))
            .ShouldBe([("a-1-t1", TaskState.Failed, "10.0.0.1:5051"), ("a-1-t2", TaskState.Finished, "10.0.0.1:5051")]);
        (await store.OpenAsync(Cancellation)).ShouldBe(11);
    }

    [Fact]
    public async Task WriteAsync_TextThatPostgresCannotHold_IsStoredWithReplacements()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        SchedulerEvent status = OneRun("a", "a-1", Start)[4] with { Message = "a\0b\ud800c☂\U0001F600", LastLines = ["\0", @"\u0000 \\u0000"] };

        await store.WriteAsync([status], Cancellation);

        TaskView task = (await store.FindTaskAsync("a-1-t1", Cancellation)).ShouldNotBeNull();
        task.Message.ShouldBe("a\ufffdb\ufffdc☂\U0001F600");
        task.LastLines.ShouldBe(["\ufffd", @"\u0000 \\u0000"]);
        (await ReadAsync("select message from elasticjob.JOB_STATUS_TRACE_LOG")).ShouldBe(["a\ufffdb\ufffdc☂\U0001F600"]);
    }

    [Fact]
    public async Task WriteAsync_AFailure_IsRecordedWithItsCause()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        SchedulerEvent[] events = [.. OneRun("a", "a-1", Start).Take(5)];
        events[4] = events[4] with
        {
            Source = "agent", Reason = "REASON_CONTAINER_LIMITATION_MEMORY", Message = "Memory limit exceeded",
            Failure = new TaskFailure { Kind = FailureKind.OutOfMemory, Message = "out of memory", ExitCode = 137, Signal = "SIGKILL" },
        };

        await store.WriteAsync(events, Cancellation);

        (await ReadAsync("select concat_ws('|', source, reason, message, failure_kind, exit_code, signal, last_lines) from elasticjob.tasks"))
            .ShouldBe(["agent|REASON_CONTAINER_LIMITATION_MEMORY|Memory limit exceeded|outOfMemory|137|SIGKILL|[\"boom\"]"]);
    }

    [Fact]
    public async Task StatisticsAsync_AllAndOneJob_CountEachThingOnce()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        await store.WriteAsync([.. OneRun("a", "a-1", Start), .. OneRun("a", "a-2", Start.AddHours(2), 11), .. OneRun("b", "b-1", Start.AddSeconds(55), 22)], Cancellation);

        foreach ((StatisticsStep step, int steps) in ((StatisticsStep, int)[])[(StatisticsStep.Minute, 3), (StatisticsStep.Hour, 2), (StatisticsStep.Day, 1)])
        {
            IReadOnlyList<StatisticsPoint> all = await store.StatisticsAsync(new StatisticsRequest(Start, Start.AddDays(1), step), Cancellation);
            all.Count.ShouldBe(steps);
            (all.Sum(p => p.Runs[Outcome.Succeeded]), all.Sum(p => p.Tasks.GetValueOrDefault(TaskState.Failed))).ShouldBe((3, 3));
        }

        (await store.StatisticsAsync(new StatisticsRequest(Start, Start.AddDays(1), StatisticsStep.Day, "b"), Cancellation)).ShouldHaveSingleItem()
            .Runs[Outcome.Succeeded].ShouldBe(1);
    }

    [Fact]
    public async Task CompatibleViews_ARunTriedTwice_HaveElasticJobCloudsColumns()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        await store.WriteAsync(OneRun("a", "a-1", Start), Cancellation);

        (await ReadAsync(
            """
            select concat_ws('|', job_name, task_id, hostname, ip, sharding_item, execution_source, coalesce(failure_cause, '-'), is_success, start_time, complete_time)
            from elasticjob.JOB_EXECUTION_LOG order by id
            """))
            .ShouldBe(
            [
                "a|a-1-t1|node1|10.0.0.1|0|NORMAL_TRIGGER|exit code 3|0|2026-03-01 10:00:03|2026-03-01 10:00:04",
                "a|a-1-t2|node1|10.0.0.1|0|FAILOVER|-|1|2026-03-01 10:00:07|2026-03-01 10:00:08",
            ]);
        (await ReadAsync(
            """
            select concat_ws('|', job_name, original_task_id, task_id, slave_id, source, execution_type, sharding_item, state, message)
            from elasticjob.JOB_STATUS_TRACE_LOG order by id
            """))
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
    public async Task RemoveOldAsync_WholeDays_GoWithTheirPartition()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        await store.WriteAsync([.. Enumerable.Range(0, 10).Select(day => Event(day + 1) with { At = Start.AddDays(day) })], Cancellation);

        (await store.RemoveOldAsync(new EventRetention { MaxAge = TimeSpan.FromDays(4) }, Start.AddDays(9), Cancellation)).ShouldBe(5);
        (await ReadAsync("select min(day)::text || ' ' || sum(rows) from elasticjob.event_days")).ShouldBe(["2026-03-06 5"]);
        (await ReadAsync("select count(*)::text from pg_class where relname in ('events_20260305', 'events_20260306') and relkind = 'r'")).ShouldBe(["1"]);

        (await store.RemoveOldAsync(new EventRetention { MaxEvents = 2 }, Start.AddDays(9), Cancellation)).ShouldBe(3);
        (await store.EventsAsync(new EventFilter(), new PageRequest(), Cancellation)).Items.Select(e => e.Sequence).ShouldBe([10, 9]);
    }

    [Fact]
    public async Task RemoveOldAsync_AKindWithAShorterAge_GoesBeforeTheOthers()
    {
        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        await store.WriteAsync(OneRun("a", "a-1", Start), Cancellation);

        var retention = new EventRetention { MaxAgeByKind = new Dictionary<EventKind, TimeSpan> { [EventKind.TaskStatus] = TimeSpan.FromDays(2) } };
        (await store.RemoveOldAsync(retention, Start.AddDays(3), Cancellation)).ShouldBe(4);

        (await store.EventsAsync(new EventFilter { Kinds = [EventKind.TaskStatus] }, new PageRequest(), Cancellation)).Items.ShouldBeEmpty();
        (await ReadAsync("select sum(rows)::text from elasticjob.event_days")).ShouldBe(["7"]);
        (await ReadAsync("select kind || ' ' || rows from elasticjob.event_kinds order by 1"))
            .ShouldBe(["runCreated 1", "runFinished 1", "runStarted 1", "shardDelayed 1", "shardFinished 1", "taskLaunched 2", "taskStatus 0"]);
    }

    [Fact]
    public async Task Examination_FindsWhatIsGoodAndWhatIsNot()
    {
        var options = new PostgresEventStoreOptions { ConnectionString = database };
        (await ExamineAsync(options)).ShouldBe([("postgres", true), ("postgres rights", true), ("postgres schema", true), ("postgres clock", true)]);

        await using PostgresEventStore store = Store();
        await store.OpenAsync(Cancellation);
        (await ExamineAsync(options)).ShouldAllBe(f => f.Good);

        await ReadAsync("update elasticjob.meta set value = 99 where name = 'schema'");
        (await ExamineAsync(options)).ShouldContain(("postgres schema", false));

        string role = $"guest_{Guid.NewGuid():N}";
        await ReadAsync($"create role {role} login");
        (await ExamineAsync(options with { ConnectionString = database.Replace("Username=tests", $"Username={role}", StringComparison.Ordinal) }))
            .ShouldBe([("postgres", true), ("postgres rights", false), ("postgres schema", false), ("postgres clock", true)]);
        (await ExamineAsync(options with { ConnectionString = "Host=/nowhere;Password=hush-hush" })).ShouldBe([("postgres", false)]);

        async Task<List<(string Check, bool Good)>> ExamineAsync(PostgresEventStoreOptions asked) =>
            [.. (await PostgresExamination.RunAsync(asked, TimeProvider.System, Cancellation)).Select(f => (f.Check, f.Good))];
    }

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
