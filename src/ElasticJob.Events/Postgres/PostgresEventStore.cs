using System.Data;
using ElasticJob.Events.Postgres;
using ElasticJob.Events.Projection;
using ElasticJob.Events.Queries;
using ElasticJob.Scheduling.Events;
using Npgsql;
using NpgsqlTypes;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events;

/// <summary>
/// The events and the tables made of them in a schema of PostgreSQL 13 or later. See docs/tables.md for the tables. A batch is one transaction:
/// <code>
///   1. lock meta.last_sequence, skip what it covers, refuse a gap     (two writers take turns; a repeated batch changes nothing)
///   2. COPY the events into the partitions of their days            (meanwhile what follows from them is worked out here)
///   3. one statement per table for all that follows from them, and meta.last_sequence
///   4. commit synchronously
/// </code>
/// Whenever the writer or the server dies, 1 to 4 have happened together or not at all.
/// </summary>
public sealed class PostgresEventStore : SqlEventStore
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
    public override string Name => "postgres";

    /// <inheritdoc/>
    public override async ValueTask<long> OpenAsync(CancellationToken cancellationToken)
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

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
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
                await StoreAsync(connection, fresh, begun.Last == 0, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
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
    public override ValueTask DisposeAsync() => source.DisposeAsync();

    internal override async ValueTask<T> AskAsync<T>(Func<IEventSnapshot, ValueTask<T>> question, CancellationToken cancellationToken)
    {
        try
        {
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using NpgsqlTransaction transaction =
                await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            await using NpgsqlBatch begin = connection.CreateBatch();
            begin.BatchCommands.Add(new NpgsqlBatchCommand(searchPath));
            begin.BatchCommands.Add(new NpgsqlBatchCommand("set transaction read only"));
            await begin.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            T answer = await question(new PostgresSnapshot(connection)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return answer;
        }
        catch (Exception e) when (PostgresFailure.Is(e))
        {
            throw PostgresFailure.Describe(e, place);
        }
    }

    private static async Task StoreAsync(NpgsqlConnection connection, List<SchedulerEvent> fresh, bool empty, CancellationToken cancellationToken)
    {
        using var copy = new EventCopy();
        Task sending = copy.SendAsync(connection, fresh.Where(EventProjection.IsListed), cancellationToken);
        PostgresEventTables tables;
        try
        {
            // While the server stores the events, what follows from them is worked out.
            tables = new PostgresEventTables();
            foreach (SchedulerEvent e in fresh)
            {
                EventProjection.Apply(e, tables);
            }

            tables.Prepare(End(fresh, empty));
        }
        finally
        {
            await sending.ConfigureAwait(false);
        }

        await tables.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    // What a server, database or role may have switched off is demanded here: a confirmation means that the power may fail. Rows are always found by
    // their keys: what the server knows of a table that grows this fast is old, and it would read the whole of it for a batch.
    private async Task<Begun> BeginAsync(NpgsqlConnection connection, DateOnly[] days, CancellationToken cancellationToken)
    {
        await using NpgsqlBatch batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(searchPath));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) as u(name)"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select value from meta where name = 'last_sequence' for update"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select d from unnest($1::date[]) as u(d) where not exists (select 1 from event_days where day = u.d)")
        {
            Parameters = { new NpgsqlParameter { Value = days, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date } },
        });
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
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

    private static IEnumerable<NpgsqlBatchCommand> End(List<SchedulerEvent> events, bool empty)
    {
        yield return EventDays.Count(events.Where(EventProjection.IsListed));
        yield return Meta("last_sequence", events[^1].Sequence);
        if (empty)
        {
            yield return Meta("first_sequence", events[0].Sequence);
        }

        static NpgsqlBatchCommand Meta(string name, long value) => new($"update meta set value = $1 where name = '{name}'")
        {
            Parameters = { new NpgsqlParameter { Value = value } },
        };
    }

    private sealed record Begun(long Last, List<DateOnly> MissingDays);
}
