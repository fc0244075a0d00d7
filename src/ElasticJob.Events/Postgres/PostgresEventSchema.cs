using Npgsql;

namespace ElasticJob.Events.Postgres;

/// <summary>The tables of the event store and their versions. Each step leads from one version to the next; a published step never changes.</summary>
internal static class PostgresEventSchema
{
    public const int OldestServer = 13;
    public const int NewestServer = 17;

    public static readonly IReadOnlyList<string> Steps = [Version1, Version2, Version3, Version4, Version5];

    /// <summary>
    /// Only <c>events</c> is cut by days: it is by far the largest, and nothing in it must be unique but its sequence. A partitioned table cannot
    /// have a key without the time in it, and runs and tasks are found by their names. The index of kinds leaves out those that are frequent: they are found quickly
    /// by reading along the sequence, and an index of them would cost each insert.
    /// </summary>
    private const string Version1 =
        """
        create table events(
          sequence bigint not null, at timestamptz not null, kind text not null,
          app text, job text, run text, shard integer, task text, detail json not null,
          primary key(sequence, at)) partition by range(at);
        create index events_kind on events(kind, sequence) where kind not in
          ('runCreated', 'runStarted', 'runFinished', 'taskLaunched', 'taskStatus', 'shardFinished', 'execution');
        create index events_job on events(job, sequence) where job is not null;
        create index events_run on events(run, sequence) where run is not null;
        create table event_days(day date primary key, rows bigint not null);

        create table runs(
          sequence bigint primary key, run text not null unique, job text not null, version bigint, "trigger" text not null,
          due_at timestamptz not null, due_until timestamptz, due_count integer not null, shard_count integer,
          created_at timestamptz not null, started_at timestamptz, finished_at timestamptz,
          state text not null, outcome text, reason text, message text, actor text) with (fillfactor = 85);
        create index runs_job on runs(job, sequence);
        create index runs_outcome on runs(outcome, sequence) where outcome <> 'succeeded';
        create index runs_finished on runs(finished_at, outcome, job) where finished_at is not null;
        create index runs_open on runs(run) where finished_at is null;
        create index runs_created on runs(created_at);
        create index runs_manual on runs(job, created_at) where "trigger" = 'manual';

        create table shards(
          run text not null, shard integer not null, state text not null, attempts integer not null, outcome text, reason text,
          changed_at timestamptz not null, primary key(run, shard));

        create table tasks(
          sequence bigint primary key, task text not null unique, run text not null, job text not null, shard integer not null,
          attempt integer not null, state text not null, fencing_token bigint, agent text, hostname text, agent_address text, ip text,
          executor text, launched_at timestamptz not null, running_at timestamptz, ended_at timestamptz, progress double precision,
          progress_text text, sandbox text, log text, source text, reason text, message text,
          failure_kind text, exit_code integer, signal text, failure json, last_lines json) with (fillfactor = 85);
        create index tasks_run on tasks(run, sequence);
        create index tasks_ended on tasks(ended_at, state, job) where ended_at is not null;

        create table ledger(
          sequence bigint primary key, job text not null, due_at timestamptz not null, due_until timestamptz not null, due_count integer not null,
          answer text not null, run text, shard integer, started_at timestamptz, outcome text, reason text, message text) with (fillfactor = 85);
        create index ledger_due on ledger(job, due_at, sequence);
        create index ledger_ranges on ledger(job, due_until) where due_count > 1;
        create index ledger_old on ledger(due_until) where answer <> 'run';

        create table executions(
          sequence bigint primary key, at timestamptz not null, job text not null, run text, task text, shard integer, hostname text, ip text,
          due_at timestamptz not null, due_until timestamptz not null, due_count integer not null, outcome text not null,
          started_at timestamptz, completed_at timestamptz, reason text, failure json);
        create index executions_due on executions(job, due_at, sequence);
        create index executions_at on executions(at, outcome, job);

        create view JOB_EXECUTION_LOG as
          select 't' || t.sequence as id, t.job as job_name, t.task as task_id, coalesce(t.hostname, '') as hostname, coalesce(t.ip, '') as ip,
            t.shard as sharding_item,
            case when t.attempt > 1 then 'FAILOVER' when r."trigger" = 'misfire' then 'MISFIRE' else 'NORMAL_TRIGGER' end as execution_source,
            case when t.ended_at is null or t.state = 'finished' then null else coalesce(t.message, t.reason, t.state) end as failure_cause,
            case when t.state = 'finished' then 1 else 0 end as is_success,
            coalesce(t.running_at, t.launched_at) at time zone 'UTC' as start_time,
            t.ended_at at time zone 'UTC' as complete_time
          from tasks t left join runs r on r.run = t.run
          where coalesce(r."trigger", '') <> 'resident' and (t.running_at is not null or t.ended_at is not null)
          union all
          select 'e' || e.sequence, e.job, coalesce(e.task, ''), coalesce(e.hostname, ''), coalesce(e.ip, ''), e.shard,
            case when e.due_count > 1 then 'MISFIRE' else 'NORMAL_TRIGGER' end,
            case when e.outcome = 'failed' then coalesce(e.failure ->> 'message', e.reason) end,
            case when e.outcome = 'succeeded' then 1 else 0 end,
            e.started_at at time zone 'UTC', e.completed_at at time zone 'UTC'
          from executions e where e.outcome <> 'skipped';

        create view JOB_STATUS_TRACE_LOG as
          select e.sequence as id, e.job as job_name,
            coalesce((select f.task from tasks f where f.run = e.run and f.shard = e.shard and f.attempt = 1 and f.task <> e.task limit 1), '')
              as original_task_id,
            e.task as task_id, coalesce(e.detail ->> 'agent', t.agent, '') as slave_id,
            case e.detail ->> 'source' when 'executor' then 'CLOUD_EXECUTOR' else 'CLOUD_SCHEDULER' end as source,
            case when coalesce((e.detail ->> 'attempt')::integer, t.attempt, 1) > 1 then 'FAILOVER' else 'READY' end as execution_type,
            e.shard::text as sharding_item,
            'TASK_' || case coalesce(e.detail ->> 'state', 'staging')
              when 'goneByOperator' then 'GONE_BY_OPERATOR' else upper(coalesce(e.detail ->> 'state', 'staging')) end as state,
            coalesce(e.detail ->> 'message', e.detail ->> 'reason', '') as message,
            e.at at time zone 'UTC' as creation_time
          from events e left join tasks t on t.task = e.task
          where e.kind in ('taskLaunched', 'taskStatus');
        """;

    private const string Version2 =
        """
        create table audit(
          sequence bigint primary key, at timestamptz not null, actor text not null, remote text, operation text not null, subject text,
          refused boolean not null, message text, changes json not null, unlisted integer not null);
        create index audit_at on audit(at);
        create index audit_actor on audit(actor, sequence);
        create index audit_subject on audit(subject, sequence) where subject is not null;
        """;

    /// <summary>
    /// Each index costs every insert, and a column in one costs every update of it. Nothing finds an attempt by its sequence alone; and what is
    /// counted by time is read in the order in which it was written, so the time is enough.
    /// </summary>
    private const string Version3 =
        """
        alter table tasks drop constraint tasks_pkey, drop constraint tasks_task_key, add primary key(task);
        drop index tasks_ended;
        create index tasks_ended on tasks(ended_at) where ended_at is not null;
        drop index runs_finished;
        create index runs_finished on runs(finished_at) where finished_at is not null;
        """;

    /// <summary>Lists of runs come in the order of the sequence or of the creation, and their indexes do too.</summary>
    private const string Version4 =
        """
        drop index runs_open;
        create index runs_open on runs(sequence) where finished_at is null;
        drop index runs_created;
        create index runs_created on runs(created_at, sequence);
        create index runs_trigger on runs("trigger", sequence) where "trigger" <> 'cron';
        """;

    /// <summary>Each kind has its own limit of rows, and nobody counts millions: the rows of a day are counted by kind as they come and go.</summary>
    private const string Version5 =
        """
        create table event_kinds(day date not null, kind text not null, rows bigint not null, primary key(day, kind)) with (fillfactor = 50);
        insert into event_kinds(day, kind, rows) select (at at time zone 'UTC')::date, kind, count(*) from events group by 1, 2;
        """;

    /// <summary>Brings the schema to the current version in one transaction; of several schedulers one does it and the others wait.</summary>
    /// <exception cref="EventStoreException">The schema is of a newer version or of another program, or the server is too old.</exception>
    public static Task MigrateAsync(NpgsqlConnection connection, string schema, string place, CancellationToken cancellationToken) =>
        MigrateAsync(connection, schema, place, Steps.Count, cancellationToken);

    /// <summary>Brings the schema to a version that may be an earlier one, so that what a step does to rows that exist can be tried.</summary>
    internal static async Task MigrateAsync(NpgsqlConnection connection, string schema, string place, int to, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new EventStoreException(
                $"{place} is PostgreSQL {connection.PostgreSqlVersion}; the event store needs {OldestServer} or later. Upgrade the server, or use another one.");
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync($"select pg_advisory_xact_lock(hashtext('elasticjob.events'), hashtext('{schema}'))").ConfigureAwait(false);
        if (await RunAsync($"select 1 from pg_namespace where nspname = '{schema}'").ConfigureAwait(false) is null)
        {
            await RunAsync($"create schema \"{schema}\"").ConfigureAwait(false);
        }

        await RunAsync($"set local search_path to \"{schema}\"").ConfigureAwait(false);
        if (await RunAsync($"select to_regclass('\"{schema}\".meta')::text").ConfigureAwait(false) is null or DBNull)
        {
            if (await RunAsync($"select relname::text from pg_class where relnamespace = '\"{schema}\"'::regnamespace and relname in ('events', 'runs', 'tasks', 'ledger') limit 1")
                .ConfigureAwait(false) is string other)
            {
                throw new EventStoreException(
                    $"The schema {schema} of {place} has a table {other} of another program. Name another schema (events.postgres.schema), or move that table.");
            }

            await RunAsync(
                """
                create table meta(name text primary key, value bigint not null);
                insert into meta(name, value) values ('schema', 0), ('first_sequence', 0), ('last_sequence', 0);
                """).ConfigureAwait(false);
        }

        long version = (long)(await RunAsync("select value from meta where name = 'schema'").ConfigureAwait(false) ?? 0L);
        if (version > Steps.Count)
        {
            throw new EventStoreException(
                $"The schema {schema} of {place} was written by a newer ElasticJob (schema {version}; this one knows {Steps.Count}). " +
                "Use that version or a later one.");
        }

        for (long step = version; step < to; step++)
        {
            await RunAsync(Steps[(int)step]).ConfigureAwait(false);
            await RunAsync($"update meta set value = {step + 1} where name = 'schema'").ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);

        async Task<object?> RunAsync(string sql)
        {
            await using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
