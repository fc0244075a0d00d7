using SQLitePCL;

namespace ElasticJob.Storage.Sqlite;

/// <summary>One prepared statement, used again and again by the one thread that owns its database. Parameters count from 1, columns from 0.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt handle)
{
    public SqliteStatement Bind(int index, string? value)
    {
        database.Check(value is null ? raw.sqlite3_bind_null(handle, index) : raw.sqlite3_bind_text(handle, index, value));
        return this;
    }

    public SqliteStatement Bind(int index, long? value)
    {
        database.Check(value is { } number ? raw.sqlite3_bind_int64(handle, index, number) : raw.sqlite3_bind_null(handle, index));
        return this;
    }

    public SqliteStatement Bind(int index, double? value)
    {
        database.Check(value is { } number ? raw.sqlite3_bind_double(handle, index, number) : raw.sqlite3_bind_null(handle, index));
        return this;
    }

    public SqliteStatement Bind(int index, byte[] value)
    {
        // An empty span would be bound as NULL.
        database.Check(value.Length == 0 ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value));
        return this;
    }

    /// <summary>Runs a statement that returns nothing.</summary>
    /// <returns>The number of rows it changed.</returns>
    public int Run()
    {
        try
        {
            int code = raw.sqlite3_step(handle);
            if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            {
                throw database.Failure(code);
            }

            return raw.sqlite3_changes(database.Handle);
        }
        finally
        {
            // The result repeats the failure of the step, which has been thrown.
            _ = raw.sqlite3_reset(handle);
        }
    }

    /// <summary>Runs a query and reads each row while it is current.</summary>
    public List<T> Read<T>(Func<SqliteStatement, T> row)
    {
        var rows = new List<T>();
        try
        {
            int code;
            while ((code = raw.sqlite3_step(handle)) == raw.SQLITE_ROW)
            {
                rows.Add(row(this));
            }

            return code == raw.SQLITE_DONE ? rows : throw database.Failure(code);
        }
        finally
        {
            _ = raw.sqlite3_reset(handle);
        }
    }

    /// <summary>Runs a query of one row and one column.</summary>
    public long? Scalar()
    {
        List<long?> rows = Read(static row => row.Number(0));
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc cref="Scalar"/>
    public string? ScalarText()
    {
        List<string?> rows = Read(static row => row.Text(0));
        return rows.Count == 0 ? null : rows[0];
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_NULL;

    public string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(handle, column).utf8_to_string();

    public long? Number(int column) => IsNull(column) ? null : raw.sqlite3_column_int64(handle, column);

    public double? Real(int column) => IsNull(column) ? null : raw.sqlite3_column_double(handle, column);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(handle, column).ToArray();

    public void Close() => _ = raw.sqlite3_finalize(handle);
}
