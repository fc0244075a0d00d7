using ElasticJob.Events.Postgres;
using ElasticJob.Events.Projection;
using ElasticJob.Scheduling.Events;
using Npgsql;
using NpgsqlTypes;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events;

/// <summary>
/// The events and the tables made of them in a schema of PostgreSQL 13 or later. See docs/tables.md for the tables. A batch is one transaction:
/// <code>
///   1. lock meta.last_sequence, skip what it covers, refuse a gap     (two writers take turns; a repeated batch changes nothing)
///   2. COPY the events into the partitions of their days
///   3. one statement per table for all that follows from them
///   4. move meta.last_sequence, commit synchronously
/// </code>
/// Whenever the writer or the server dies, 1 to 4 have happened together or not at all.
/// </summary>
public sealed partial class PostgresEventStore : IEventStore
{
    private const int DaysAhead = 3;

    private readonly PostgresEventStoreOptions options;
    private readonly TimeProvider time;
    private readonly NpgsqlDataSource source;
    private readonly string searchPath;
    private readonly string place;
    private readonly PostgresSweep sweep;

    /// <summary>Prepares a store; nothing is connected before it is opened.</summary>
    /// <exception cref="ArgumentException">The connection string or the schema's name is none.</exception>
    public PostgresEventStore(PostgresEventStoreOptions options, TimeProvider time)
    {
        NpgsqlConnectionStringBuilder connection = options.Read();
        this.options = options;
        this.time = time;
        source = NpgsqlDataSource.Create(connection);
        searchPath = $"set local search_path to \"{options.Schema}\"";
        sweep = new PostgresSweep(searchPath);
        place = $"PostgreSQL at {connection.Host}:{connection.Port}, database {connection.Database ?? connection.Username}";
    }

    /// <inheritdoc/>
    public string Name => "postgres";

    /// <inheritdoc/>
    public async ValueTask<long> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await PostgresEventSchema.MigrateAsync(connection, options.Schema, place, cancellationToken).ConfigureAwait(false);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            Begun begun = await BeginAsync(connection, EventDays.Ahead(time.GetUtcNow(), DaysAhead), cancellationToken).ConfigureAwait(false);
            await EventDays.CreateAsync(connection, begun.MissingDays, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return begun.Last;
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }

    /// <summary>Stores events durably; see <see cref="IEventSink.WriteAsync"/>. An empty store begins with whatever event comes first.</summary>
    /// <exception cref="EventGapException">Events are missing before or between these.</exception>
    /// <exception cref="EventStoreException">The store failed, or the repeated events are not those that it holds.</exception>
    public async ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return;
        }

        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            Begun begun = await BeginAsync(connection, EventDays.Of(events), cancellationToken).ConfigureAwait(false);
            List<SchedulerEvent> fresh = await FreshAsync(connection, events, begun.Last, cancellationToken).ConfigureAwait(false);
            if (fresh.Count > 0)
            {
                await EventDays.CreateAsync(connection, begun.MissingDays, cancellationToken).ConfigureAwait(false);
                await CopyAsync(connection, fresh, cancellationToken).ConfigureAwait(false);
                var tables = new PostgresEventTables();
                foreach (SchedulerEvent e in fresh)
                {
                    EventProjection.Apply(e, tables);
                }

                await tables.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
                await EndAsync(connection, fresh, begun.Last == 0, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        retention.Check();
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await sweep.RunAsync(connection, retention, now, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    // What a server, database or role may have switched off is demanded here: a confirmation means that the power may fail.
    private async Task<Begun> BeginAsync(NpgsqlConnection connection, DateOnly[] days, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(searchPath));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select value from meta where name = 'last_sequence' for update"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select d from unnest($1::date[]) as u(d) where not exists (select 1 from event_days where day = u.d)")
        {
            Parameters = { new NpgsqlParameter { Value = days, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date } },
        });
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new EventStoreException($"{place}: the row last_sequence of {options.Schema}.meta is missing; restore it from the backup.");
        }

        long last = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
        var missing = new List<DateOnly>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            missing.Add(reader.GetFieldValue<DateOnly>(0));
        }

        return new Begun(last, missing);
    }

    private async Task<List<SchedulerEvent>> FreshAsync(
        NpgsqlConnection connection, IReadOnlyList<SchedulerEvent> events, long last, CancellationToken cancellationToken)
    {
        var fresh = new List<SchedulerEvent>(events.Count);
        SchedulerEvent? repeated = null;
        long before = last;
        foreach (SchedulerEvent e in events)
        {
            if (e.Sequence <= before)
            {
                repeated = e.Sequence <= last ? e : repeated;
                continue;
            }

            if (before != 0 && e.Sequence != before + 1)
            {
                throw new EventGapException(before + 1, e.Sequence);
            }

            fresh.Add(e);
            before = e.Sequence;
        }

        if (repeated is not null)
        {
            await CheckRepeatedAsync(connection, repeated, cancellationToken).ConfigureAwait(false);
        }

        return fresh;
    }

    // Numbers that began again at 1 (a lost state store) would otherwise pass for repetitions and vanish.
    private async Task CheckRepeatedAsync(NpgsqlConnection connection, SchedulerEvent repeated, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = "select at, kind from events where sequence = $1";
        command.Parameters.Add(new NpgsqlParameter { Value = repeated.Sequence });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            && (reader.GetDateTime(0) != Cut(repeated.At).UtcDateTime || reader.GetString(1) != EventText.Name(repeated.Kind)))
        {
            throw new EventStoreException(
                $"{place}, schema {options.Schema}, holds another event {repeated.Sequence} than the one that arrived: state store and event store do not " +
                "belong together. Restore both from the same backup, or use another schema.");
        }
    }

    private static async Task CopyAsync(NpgsqlConnection connection, List<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        await using NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync(
            "copy events(sequence, at, kind, app, job, run, shard, task, detail) from stdin (format binary)", cancellationToken).ConfigureAwait(false);
        foreach (SchedulerEvent e in events)
        {
            await importer.StartRowAsync(cancellationToken).ConfigureAwait(false);
            await importer.WriteAsync(e.Sequence, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await importer.WriteAsync(Cut(e.At).UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken).ConfigureAwait(false);
            await TextAsync(EventText.Name(e.Kind)).ConfigureAwait(false);
            await TextAsync(e.App).ConfigureAwait(false);
            await TextAsync(e.Job).ConfigureAwait(false);
            await TextAsync(e.Run).ConfigureAwait(false);
            await (e.Shard is { } shard
                ? importer.WriteAsync(shard, NpgsqlDbType.Integer, cancellationToken)
                : importer.WriteNullAsync(cancellationToken)).ConfigureAwait(false);
            await TextAsync(e.Task).ConfigureAwait(false);
            await importer.WriteAsync(PostgresText.CleanJson(EventJson.Detail(e))!, NpgsqlDbType.Json, cancellationToken).ConfigureAwait(false);
        }

        await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);

        Task TextAsync(string? text) => text is null
            ? importer.WriteNullAsync(cancellationToken)
            : importer.WriteAsync(PostgresText.Clean(text)!, NpgsqlDbType.Text, cancellationToken);
    }

    private static async Task EndAsync(NpgsqlConnection connection, List<SchedulerEvent> events, bool empty, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add(EventDays.Count(events));
        batch.BatchCommands.Add(Meta("last_sequence", events[^1].Sequence));
        if (empty)
        {
            batch.BatchCommands.Add(Meta("first_sequence", events[0].Sequence));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);

        static NpgsqlBatchCommand Meta(string name, long value) => new($"update meta set value = $1 where name = '{name}'")
        {
            Parameters = { new NpgsqlParameter { Value = value } },
        };
    }

    private sealed record Begun(long Last, List<DateOnly> MissingDays);
}
