using SQLitePCL;

namespace ElasticJob.Storage.Sqlite;

/// <summary>SQLite refused or could not do something. It never leaves the stores: they turn it into a sentence with the mend.</summary>
internal sealed class SqliteFailure(int extendedCode, string message) : Exception($"SQLite error {extendedCode}: {message}")
{
    /// <summary>The primary result code, such as <c>SQLITE_FULL</c>.</summary>
    public int Code => extendedCode & 0xff;

    /// <summary>Whether the file is not, or no longer, a sound database.</summary>
    public bool IsDamage => Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>Whether the query was ended on request.</summary>
    public bool IsInterrupt => Code == raw.SQLITE_INTERRUPT;

    /// <summary>What happened to the file and what to do, for a person.</summary>
    public string Describe(string path) => Code switch
    {
        raw.SQLITE_FULL => $"There is no room left to write {path}. Free some space on its disk; nothing has to be repaired.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            $"The file {path} is damaged ({Message}). Stop the scheduler, move the file together with its -wal and -shm files aside, and put a backup in its place.",
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
            $"The file {path} cannot be written. Give the scheduler's user write permission on it and on its folder.",
        raw.SQLITE_CANTOPEN =>
            $"The file {path} cannot be opened ({Message}). Check that its folder exists and that the scheduler's user may write there.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"Another program holds {path} locked. Close it (a database browser, perhaps, or a backup) and try again.",
        raw.SQLITE_IOERR => $"The disk failed while {path} was used ({Message}). Look into the system's log for the cause.",
        raw.SQLITE_NOMEM => $"There is not enough memory to use {path}.",
        _ => $"The file {path} cannot be used ({Message}).",
    };
}
