using Microsoft.Data.Sqlite;

namespace AccessLogs;

/// <summary>Counts by hour and status in SQLite. Shards write at the same time: each waits for the other's transaction.</summary>
internal sealed class StatisticsStore
{
    private readonly string connection;

    public StatisticsStore(AccessLogOptions options)
    {
        SQLitePCL.Batteries_V2.Init();
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(options.Database))!);
        connection = new SqliteConnectionStringBuilder { DataSource = options.Database, DefaultTimeout = 60 }.ToString();
        using SqliteConnection open = Open();
        Execute(open, null, "pragma journal_mode = wal");
        Execute(open, null, "create table if not exists processed_files (name text primary key, at text not null) without rowid");
        Execute(open, null, "create table if not exists hourly (hour text, status integer, requests integer not null, bytes integer not null, primary key (hour, status)) without rowid");
    }

    public HashSet<string> Processed()
    {
        using SqliteConnection open = Open();
        using SqliteCommand command = open.CreateCommand();
        command.CommandText = "select name from processed_files";
        using SqliteDataReader reader = command.ExecuteReader();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <summary>Adds the counts of a file, unless somebody has done so already.</summary>
    public void Add(string file, IReadOnlyDictionary<(string Hour, int Status), (long Requests, long Bytes)> counts)
    {
        using SqliteConnection open = Open();

        // Not deferred: it takes the write lock now, so that what it reads cannot change under it.
        using SqliteTransaction transaction = open.BeginTransaction(deferred: false);
        if (Execute(open, transaction, "insert or ignore into processed_files values ($a, datetime('now'))", file) == 1)
        {
            foreach (((string hour, int status), (long requests, long bytes)) in counts)
            {
                Execute(
                    open,
                    transaction,
                    "insert into hourly values ($a, $b, $c, $d) on conflict (hour, status) do update set requests = requests + $c, bytes = bytes + $d",
                    hour, status, requests, bytes);
            }
        }

        transaction.Commit();
    }

    private static int Execute(SqliteConnection open, SqliteTransaction? transaction, string sql, params object[] values)
    {
        using SqliteCommand command = open.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (char)('a' + i), values[i]);
        }

        return command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var open = new SqliteConnection(connection);
        open.Open();
        return open;
    }
}
