using ElasticJob.Scheduling.State;
using ElasticJob.Storage.Sqlite;
using SQLitePCL;

namespace ElasticJob.Storage;

/// <summary>
/// The state of one machine's scheduler in the file <c>state.db</c> of a data folder (SQLite, write-ahead log, synced at every commit).
/// The folder belongs to one process at a time; besides, each commit checks the epoch, so that an older writer is fenced even where the lock of the
/// folder does not work.
/// </summary>
public sealed class SqliteStateStore : IStateStore
{
    private const long Layout = 1;

    private readonly string folder;
    private readonly string path;
    private readonly bool locksFolder;
    private readonly SqliteThreads writer;
    private FolderLock? folderLock;
    private long epoch;
    private string? broken = "The state store is not open.";

    /// <summary>Prepares a store in <paramref name="folder"/>; nothing is touched before it is opened.</summary>
    /// <param name="folder">The data folder; it is created if it does not exist.</param>
    public SqliteStateStore(string folder)
        : this(folder, locksFolder: true)
    {
    }

    internal SqliteStateStore(string folder, bool locksFolder)
    {
        this.folder = Path.GetFullPath(folder);
        this.locksFolder = locksFolder;
        path = Path.Combine(this.folder, "state.db");
        writer = new SqliteThreads("state-writer", 1, () => SqliteDatabase.OpenWriter(path));
    }

    /// <summary>Upper bound of the file in pages of 4 KiB; lets a test fill the disk.</summary>
    internal long? MostPages { get; set; }

    /// <inheritdoc/>
    public bool KeepsOthersOut => true;

    /// <inheritdoc/>
    public async ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
    {
        if (locksFolder)
        {
            folderLock ??= FolderLock.Take(folder);
        }

        return await OnWriterAsync(Open, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        foreach (Mutation mutation in mutations)
        {
            ArgumentException.ThrowIfNullOrEmpty(mutation.Key, nameof(mutations));
        }

        await OnWriterAsync(database => Commit(database, mutations), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync().ConfigureAwait(false);
        folderLock?.Dispose();
        folderLock = null;
    }

    private async Task<T> OnWriterAsync<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await writer.RunAsync(work, cancellationToken).ConfigureAwait(false);
        }
        catch (SqliteFailure failure)
        {
            // The connection itself could not be opened, so nothing was written.
            throw new StateStoreException(failure.Describe(path), failure);
        }
    }

    private StoredState Open(SqliteDatabase database)
    {
        var records = new List<Mutation>();
        try
        {
            CheckLayout(database);
            if (MostPages is { } most)
            {
                _ = database.Prepare($"pragma max_page_count = {most}").Scalar();
            }

            string? fault = database.Prepare("pragma quick_check(1)").ScalarText();
            if (fault != "ok")
            {
                throw new SqliteFailure(raw.SQLITE_CORRUPT, fault ?? "no answer");
            }

            // One transaction: what is read is what the new epoch begins with.
            database.Transact(open =>
            {
                epoch = open.Prepare("select value from meta where name = 'epoch'").Scalar()!.Value + 1;
                open.Prepare("update meta set value = ?1 where name = 'epoch'").Bind(1, epoch).Run();
                records = open.Prepare("select key, value from records order by key").Read(row => new Mutation(row.Text(0)!, row.Bytes(1)));
            });
        }
        catch (SqliteFailure failure)
        {
            database.Abandon();
            broken = failure.Describe(path);
            throw new StateStoreException(broken, failure);
        }

        // SQLite orders by the bytes of UTF-8, which differs from ordinal order beyond the basic plane.
        records.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        broken = null;
        return new StoredState(epoch, records);
    }

    private void CheckLayout(SqliteDatabase database)
    {
        bool known = database.Prepare("select 1 from sqlite_master where type = 'table' and name = 'meta'").Scalar() is not null;
        if (!known && database.Prepare("select count(*) from sqlite_master").Scalar() > 0)
        {
            throw new StateStoreException($"The file {path} is a database of another program. Move it away, or use another folder.");
        }

        if (!known)
        {
            database.Transact(open => open.RunScript(
                $"""
                create table meta(name text primary key, value integer not null) without rowid;
                insert into meta(name, value) values ('layout', {Layout}), ('epoch', 0);
                create table records(key text primary key, value blob not null) without rowid;
                """));
        }

        long? layout = database.Prepare("select value from meta where name = 'layout'").Scalar();
        if (layout != Layout)
        {
            database.Abandon();
            throw new StateStoreException(layout > Layout
                ? $"The file {path} was written by a newer ElasticJob (layout {layout}; this one knows {Layout}). Use that version or a later one."
                : $"The file {path} has no valid layout version. Put a backup in its place.");
        }
    }

    private bool Commit(SqliteDatabase database, IReadOnlyList<Mutation> mutations)
    {
        if (broken is not null)
        {
            throw new StateStoreException(broken);
        }

        bool ending = false;
        try
        {
            database.Run("begin immediate");
            if (database.Prepare("select value from meta where name = 'epoch'").Scalar() != epoch)
            {
                database.Rollback();
                throw new FencedException(epoch);
            }

            Write(database, mutations);
            ending = true;
            database.Run("commit");
            return true;
        }
        catch (SqliteFailure failure)
        {
            database.Rollback();
            string sentence = failure.Describe(path);

            // When the sync at the end fails, the log may or may not hold the batch after a crash. Only opening again can tell.
            bool unknown = ending && failure.Code == raw.SQLITE_IOERR;
            if (unknown || failure.IsDamage)
            {
                broken = $"{sentence} The store must be opened again.";
                database.Abandon();
            }

            throw new StateStoreException(sentence, failure, unknown);
        }
    }

    private static void Write(SqliteDatabase database, IReadOnlyList<Mutation> mutations)
    {
        SqliteStatement put = database.Prepare(
            "insert into records(key, value) values (?1, ?2) on conflict(key) do update set value = excluded.value");
        SqliteStatement delete = database.Prepare("delete from records where key = ?1");
        foreach (Mutation mutation in mutations)
        {
            if (mutation.Value is { } value)
            {
                put.Bind(1, mutation.Key).Bind(2, value).Run();
            }
            else
            {
                delete.Bind(1, mutation.Key).Run();
            }
        }
    }
}
