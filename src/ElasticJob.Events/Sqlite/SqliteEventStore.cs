using ElasticJob.Events.Projection;
using ElasticJob.Events.Queries;
using ElasticJob.Events.Sqlite;
using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events;

/// <summary>
/// The events of one machine and the tables made of them in the file <c>events.db</c> of a data folder (SQLite, write-ahead log, synced at every
/// batch). See docs/tables.md for the tables.
/// </summary>
public sealed class SqliteEventStore : SqlEventStore
{
    // Long queries can keep the log from being reused; beyond this size the writer waits for them for a moment.
    private const long LongLog = 64 << 20;

    private readonly string path;
    private readonly SqliteThreads writer;
    private readonly SqliteThreads readers;

    /// <summary>Prepares a store in <paramref name="folder"/>; nothing is touched before it is opened.</summary>
    /// <param name="folder">The data folder; it is created if it does not exist.</param>
    public SqliteEventStore(string folder)
    {
        path = Path.Combine(Path.GetFullPath(folder), "events.db");
        writer = new SqliteThreads("event-writer", 1, OpenWriter);
        readers = new SqliteThreads("event-reader", 2, () => SqliteDatabase.OpenReader(path));
    }

    /// <summary>A store in memory: one connection, because the database lives and dies with it.</summary>
    internal SqliteEventStore()
    {
        path = ":memory:";
        writer = new SqliteThreads("event-memory", 1, SqliteDatabase.OpenMemory);
        readers = writer;
    }

    /// <inheritdoc/>
    public override string Name => "sqlite";

    /// <inheritdoc/>
    public override async ValueTask<long> OpenAsync(CancellationToken cancellationToken) =>
        await OnAsync(writer, Open, interrupt: false, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count > 0)
        {
            await OnAsync(writer, database => Write(database, events), interrupt: false, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        retention.Check();
        long removed = 0;
        foreach (Func<SqliteDatabase, int> statement in EventSweep.Plan(retention, now))
        {
            int count;
            do
            {
                count = await OnAsync(writer, statement, interrupt: false, cancellationToken).ConfigureAwait(false);
                removed += count;
            }
            while (count >= retention.BatchSize);
        }

        return removed;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await readers.DisposeAsync().ConfigureAwait(false);
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    internal override async ValueTask<T> AskAsync<T>(Func<IEventSnapshot, ValueTask<T>> question, CancellationToken cancellationToken) => await OnAsync(
        readers,
        database =>
        {
            database.Run("begin");
            try
            {
                // Every step of a question completes at once on this thread; there is nothing to wait for.
                ValueTask<T> answer = question(new SqliteSnapshot(database));
                return answer.IsCompleted ? answer.Result : throw new InvalidOperationException("A question left its thread.");
            }
            finally
            {
                database.Rollback();
            }
        },
        interrupt: true,
        cancellationToken).ConfigureAwait(false);

    private SqliteDatabase OpenWriter()
    {
        string folder = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EventStoreException(
                $"The data folder {folder} cannot be written ({exception.Message}). Give the scheduler's user write permission there, or use another folder.", exception);
        }

        SqliteDatabase database = SqliteDatabase.OpenWriter(path);
        try
        {
            database.Run("pragma cache_size = -16384");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static long Open(SqliteDatabase database)
    {
        EventSchema.Migrate(database);
        return LastSequence(database);
    }

    private static long LastSequence(SqliteDatabase database) =>
        database.Prepare("select value from meta where name = 'last_sequence'").Scalar() ?? 0;

    private bool Write(SqliteDatabase database, IReadOnlyList<SchedulerEvent> events)
    {
        database.Transact(open =>
        {
            long last = LastSequence(open);
            bool empty = last == 0;
            var tables = new SqliteEventTables(open);
            SchedulerEvent? repeated = null;
            foreach (SchedulerEvent e in events)
            {
                if (e.Sequence <= last)
                {
                    repeated = e;
                    continue;
                }

                if (empty)
                {
                    open.Prepare("update meta set value = ?1 where name = 'first_sequence'").Bind(1, e.Sequence).Run();
                    empty = false;
                }
                else if (e.Sequence != last + 1)
                {
                    throw new EventGapException(last + 1, e.Sequence);
                }

                if (EventProjection.IsListed(e))
                {
                    tables.AddEvent(e);
                }

                EventProjection.Apply(e, tables);
                last = e.Sequence;
            }

            CheckRepeated(open, repeated);
            open.Prepare("update meta set value = ?1 where name = 'last_sequence'").Bind(1, last).Run();
        });
        if (path != ":memory:" && new FileInfo(path + "-wal") is { Exists: true, Length: > LongLog })
        {
            _ = database.Prepare("pragma wal_checkpoint(truncate)").Scalar();
        }

        return true;
    }

    // Numbers that began again at 1 (a lost state store) would otherwise pass for repetitions and vanish.
    private void CheckRepeated(SqliteDatabase database, SchedulerEvent? repeated)
    {
        if (repeated is null)
        {
            return;
        }

        List<string> stored = database.Prepare("select at || ' ' || kind from events where sequence = ?1")
            .Bind(1, repeated.Sequence).Read(static row => row.Text(0)!);
        if (stored.Count == 1 && stored[0] != $"{Time(repeated.At)} {EventText.Name(repeated.Kind)}")
        {
            throw new EventStoreException(
                $"The file {path} holds another event {repeated.Sequence} than the one that arrived: state store and event store do not belong together. " +
                "Restore both from the same backup, or move events.db aside.");
        }
    }

    private async Task<T> OnAsync<T>(SqliteThreads threads, Func<SqliteDatabase, T> work, bool interrupt, CancellationToken cancellationToken)
    {
        try
        {
            return await threads.RunAsync(work, cancellationToken, interrupt).ConfigureAwait(false);
        }
        catch (SqliteFailure failure)
        {
            throw new EventStoreException(failure.Describe(path), failure);
        }
    }
}
