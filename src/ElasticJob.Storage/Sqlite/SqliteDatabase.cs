using SQLitePCL;

namespace ElasticJob.Storage.Sqlite;

/// <summary>
/// One connection and its prepared statements; one thread owns it. It is a thin layer over SQLite's own interface, because the
/// stores need what ADO.NET hides: which step failed with which code, and no waiting behind the caller's back.
/// </summary>
internal sealed class SqliteDatabase : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> statements = new(StringComparer.Ordinal);

    private SqliteDatabase(sqlite3 handle, string path)
    {
        Handle = handle;
        Path = path;
    }

    public sqlite3 Handle { get; }

    public string Path { get; }

    /// <summary>Set when the connection must not be used again; its thread then opens a new one.</summary>
    public bool Abandoned { get; private set; }

    /// <summary>Opens the file for reading and writing, durably: a commit is on the disk when it returns.</summary>
    public static SqliteDatabase OpenWriter(string path)
    {
        SqliteDatabase database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        try
        {
            string? mode = database.Prepare("pragma journal_mode = wal").ScalarText();
            if (mode != "wal")
            {
                throw new SqliteFailure(raw.SQLITE_CANTOPEN, $"its file system does not support write-ahead logging (mode {mode}); use a local disk");
            }

            // FULL syncs the log at every commit; NORMAL would lose the last commits with the power.
            database.Run("pragma synchronous = full");
            database.Run("pragma wal_autocheckpoint = 1000");
            database.Run("pragma journal_size_limit = 16777216");
            database.Run("pragma temp_store = memory");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens an empty database that lives as long as the connection.</summary>
    public static SqliteDatabase OpenMemory() => Open(":memory:", raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>Opens the file for queries only; a reader never blocks the writer and sees one commit at a time.</summary>
    public static SqliteDatabase OpenReader(string path)
    {
        SqliteDatabase database = Open(path, raw.SQLITE_OPEN_READWRITE);
        try
        {
            // Not opened read-only: a reader of a write-ahead log has to write the shared index of the log.
            database.Run("pragma query_only = 1");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The statement for this text, prepared at its first use.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!statements.TryGetValue(sql, out SqliteStatement? statement))
        {
            Check(raw.sqlite3_prepare_v2(Handle, sql, out sqlite3_stmt handle));
            statement = new SqliteStatement(this, handle);
            statements.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>Runs one statement without parameters.</summary>
    public int Run(string sql) => Prepare(sql).Run();

    /// <summary>Runs several statements that are needed once.</summary>
    public void RunScript(string sql) => Check(raw.sqlite3_exec(Handle, sql));

    /// <summary>Runs <paramref name="work"/> in one transaction: all of it is written, or nothing.</summary>
    public void Transact(Action<SqliteDatabase> work)
    {
        Run("begin immediate");
        try
        {
            work(this);
            Run("commit");
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Ends the transaction if one is still open. If even that fails the connection is given up, which has the same effect.</summary>
    public void Rollback()
    {
        if (raw.sqlite3_get_autocommit(Handle) != 0)
        {
            return;
        }

        try
        {
            Run("rollback");
        }
        catch (SqliteFailure)
        {
            Abandon();
        }
    }

    public void Abandon() => Abandoned = true;

    public void Interrupt() => raw.sqlite3_interrupt(Handle);

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Failure(code);
        }
    }

    public SqliteFailure Failure(int code)
    {
        int extended = raw.sqlite3_extended_errcode(Handle);
        return new SqliteFailure((extended & 0xff) == (code & 0xff) ? extended : code, raw.sqlite3_errmsg(Handle).utf8_to_string());
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in statements.Values)
        {
            statement.Close();
        }

        statements.Clear();
        _ = raw.sqlite3_close_v2(Handle);
        Handle.Dispose();
    }

    private static SqliteDatabase Open(string path, int flags)
    {
        Batteries_V2.Init();
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errstr(code).utf8_to_string();
            handle?.Dispose();
            throw new SqliteFailure(code, message);
        }

        var database = new SqliteDatabase(handle, path);
        _ = raw.sqlite3_extended_result_codes(handle, 1);
        _ = raw.sqlite3_busy_timeout(handle, 5_000);
        return database;
    }
}
