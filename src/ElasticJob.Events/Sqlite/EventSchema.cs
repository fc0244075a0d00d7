using ElasticJob.Storage.Sqlite;

namespace ElasticJob.Events.Sqlite;

/// <summary>The tables of the event store and their versions. Each step leads from one version to the next; a published step never changes.</summary>
internal static class EventSchema
{
    public static readonly IReadOnlyList<string> Steps = [Version1, Version2, Version3];

    /// <summary>The times in the views have a space instead of <c>T</c> and no <c>Z</c>, as ElasticJob Cloud's reports expect.</summary>
    private const string Version1 =
        """
        create table events(
          sequence integer primary key, at text not null, kind text not null,
          app text, job text, run text, shard integer, task text, detail text not null);
        create index events_kind on events(kind, sequence);
        create index events_job on events(job, sequence) where job is not null;
        create index events_run on events(run, sequence) where run is not null;

        create table runs(
          sequence integer primary key, run text not null unique, job text not null, version integer, "trigger" text not null,
          due_at text not null, due_until text, due_count integer not null, shard_count integer,
          created_at text not null, started_at text, finished_at text,
          state text not null, outcome text, reason text, message text, actor text);
        create index runs_job on runs(job, sequence);
        create index runs_outcome on runs(outcome, sequence);
        create index runs_finished on runs(finished_at, outcome, job) where finished_at is not null;
        create index runs_manual on runs(job, created_at) where "trigger" = 'manual';

        create table shards(
          run text not null, shard integer not null, state text not null, attempts integer not null, outcome text, reason text,
          changed_at text not null, primary key(run, shard)) without rowid;

        create table tasks(
          sequence integer primary key, task text not null unique, run text not null, job text not null, shard integer not null,
          attempt integer not null, state text not null, fencing_token integer, agent text, hostname text, agent_address text, ip text,
          executor text, launched_at text not null, running_at text, ended_at text, progress real, progress_text text,
          sandbox text, log text, source text, reason text, message text,
          failure_kind text, exit_code integer, signal text, failure text, last_lines text);
        create index tasks_run on tasks(run, sequence);
        create index tasks_ended on tasks(ended_at, state, job) where ended_at is not null;

        create table ledger(
          sequence integer primary key, job text not null, due_at text not null, due_until text not null, due_count integer not null,
          answer text not null, run text, shard integer, started_at text, outcome text, reason text, message text);
        create index ledger_due on ledger(job, due_at);
        create index ledger_ranges on ledger(job, due_until) where due_count > 1;

        create table executions(
          sequence integer primary key, at text not null, job text not null, run text, task text, shard integer, hostname text, ip text,
          due_at text not null, due_until text not null, due_count integer not null, outcome text not null,
          started_at text, completed_at text, reason text, failure text);
        create index executions_due on executions(job, due_at);
        create index executions_at on executions(at, outcome, job);

        create view JOB_EXECUTION_LOG as
          select 't' || t.sequence as id, t.job as job_name, t.task as task_id, coalesce(t.hostname, '') as hostname, coalesce(t.ip, '') as ip,
            t.shard as sharding_item,
            case when t.attempt > 1 then 'FAILOVER' when r."trigger" = 'misfire' then 'MISFIRE' else 'NORMAL_TRIGGER' end as execution_source,
            case when t.ended_at is null or t.state = 'finished' then null else coalesce(t.message, t.reason, t.state) end as failure_cause,
            t.state = 'finished' as is_success,
            replace(substr(coalesce(t.running_at, t.launched_at), 1, 23), 'T', ' ') as start_time,
            replace(substr(t.ended_at, 1, 23), 'T', ' ') as complete_time
          from tasks t left join runs r on r.run = t.run
          where coalesce(r."trigger", '') <> 'resident' and (t.running_at is not null or t.ended_at is not null)
          union all
          select 'e' || e.sequence, e.job, coalesce(e.task, ''), coalesce(e.hostname, ''), coalesce(e.ip, ''), e.shard,
            case when e.due_count > 1 then 'MISFIRE' else 'NORMAL_TRIGGER' end,
            case when e.outcome = 'failed' then coalesce(json_extract(e.failure, '$.message'), e.reason) end,
            e.outcome = 'succeeded',
            replace(substr(e.started_at, 1, 23), 'T', ' '), replace(substr(e.completed_at, 1, 23), 'T', ' ')
          from executions e where e.outcome <> 'skipped';

        create view JOB_STATUS_TRACE_LOG as
          select e.sequence as id, e.job as job_name,
            coalesce((select f.task from tasks f where f.run = e.run and f.shard = e.shard and f.attempt = 1 and f.task <> e.task), '') as original_task_id,
            e.task as task_id, coalesce(json_extract(e.detail, '$.agent'), t.agent, '') as slave_id,
            case json_extract(e.detail, '$.source') when 'executor' then 'CLOUD_EXECUTOR' else 'CLOUD_SCHEDULER' end as source,
            case when coalesce(json_extract(e.detail, '$.attempt'), t.attempt, 1) > 1 then 'FAILOVER' else 'READY' end as execution_type,
            cast(e.shard as text) as sharding_item,
            'TASK_' || case coalesce(json_extract(e.detail, '$.state'), 'staging')
              when 'goneByOperator' then 'GONE_BY_OPERATOR' else upper(coalesce(json_extract(e.detail, '$.state'), 'staging')) end as state,
            coalesce(json_extract(e.detail, '$.message'), json_extract(e.detail, '$.reason'), '') as message,
            replace(substr(e.at, 1, 23), 'T', ' ') as creation_time
          from events e left join tasks t on t.task = e.task
          where e.kind in ('taskLaunched', 'taskStatus');
        """;

    private const string Version2 =
        """
        create table audit(
          sequence integer primary key, at text not null, actor text not null, remote text, operation text not null, subject text,
          refused integer not null, message text, changes text not null, unlisted integer not null);
        create index audit_at on audit(at);
        create index audit_actor on audit(actor, sequence);
        create index audit_subject on audit(subject, sequence) where subject is not null;
        """;

    /// <summary>What is listed by time or state, and what retention looks for, is found along an index.</summary>
    private const string Version3 =
        """
        create index runs_created on runs(created_at, sequence);
        create index runs_trigger on runs("trigger", sequence) where "trigger" <> 'cron';
        create index runs_open on runs(sequence) where finished_at is null;
        drop index runs_outcome;
        create index runs_outcome on runs(outcome, sequence) where outcome <> 'succeeded';
        create index ledger_old on ledger(due_until) where answer <> 'run';
        """;

    /// <summary>Brings the file to the current version, creating the tables if there are none.</summary>
    /// <exception cref="EventStoreException">The file is of a newer version, or of another program.</exception>
    public static void Migrate(SqliteDatabase database)
    {
        bool known = database.Prepare("select 1 from sqlite_master where type = 'table' and name = 'meta'").Scalar() is not null;
        if (!known && database.Prepare("select count(*) from sqlite_master").Scalar() > 0)
        {
            throw new EventStoreException($"The file {database.Path} is a database of another program. Move it away, or use another folder.");
        }

        if (!known)
        {
            database.Transact(open => open.RunScript(
                """
                create table meta(name text primary key, value integer not null) without rowid;
                insert into meta(name, value) values ('schema', 0), ('first_sequence', 0), ('last_sequence', 0);
                """));
        }

        long version = database.Prepare("select value from meta where name = 'schema'").Scalar() ?? 0;
        if (version > Steps.Count)
        {
            throw new EventStoreException(
                $"The file {database.Path} was written by a newer ElasticJob (schema {version}; this one knows {Steps.Count}). Use that version or a later one.");
        }

        for (int step = (int)version; step < Steps.Count; step++)
        {
            int next = step + 1;
            database.Transact(open =>
            {
                open.RunScript(Steps[next - 1]);
                open.Prepare("update meta set value = ?1 where name = 'schema'").Bind(1, next).Run();
            });
        }
    }
}
