using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Sqlite;

/// <summary>Removes what is too old, a batch at a time.</summary>
internal static class EventSweep
{
    private const string Unprotected = "not exists (select 1 from runs r where r.run = events.run and r.finished_at is null)";

    /// <summary>The statements of one full sweep; each is repeated until it finds less than a batch.</summary>
    public static IReadOnlyList<Func<SqliteDatabase, int>> Plan(EventRetention retention, DateTimeOffset now)
    {
        int batch = retention.BatchSize;
        string before = Time(Earlier(now, retention.MaxAge));
        var plan = new List<Func<SqliteDatabase, int>>();
        foreach (EventKind kind in Enum.GetValues<EventKind>())
        {
            string limit = Time(Earlier(now, retention.MaxAgeByKind.GetValueOrDefault(kind, retention.MaxAge)));
            plan.Add(database => database.Prepare(
                $"delete from events where sequence in (select sequence from events where kind = ?1 and at < ?2 and {Unprotected} order by sequence limit ?3)")
                .Bind(1, Name(kind)).Bind(2, limit).Bind(3, batch).Run());
        }

        foreach ((EventKind kind, long most) in retention.MaxRowsByKind)
        {
            // Where the kept ones begin is found once along the index, instead of counting before each batch.
            long? last = null;
            plan.Add(database => database.Prepare(
                $"delete from events where sequence in (select sequence from events where kind = ?1 and sequence <= ?2 and {Unprotected} order by sequence limit ?3)")
                .Bind(1, Name(kind)).Bind(2, last ??= LastSurplus(database, kind, most)).Bind(3, batch).Run());
        }

        plan.Add(database => RemoveSurplus(database, retention.MaxEvents, batch));
        Cut("finished_at", "runs where finished_at is not null", RemoveRuns);
        Cut("due_until", "ledger where answer <> 'run'", static (database, until, most) => database.Prepare(
            "delete from ledger where sequence in (select sequence from ledger where answer <> 'run' and due_until < ?1 order by due_until limit ?2)")
            .Bind(1, until).Bind(2, most).Run());
        Cut("at", "executions", static (database, until, most) => database.Prepare(
            "delete from executions where sequence in (select sequence from executions where at < ?1 order by at limit ?2)")
            .Bind(1, until).Bind(2, most).Run());
        string audited = Time(Earlier(now, retention.MaxAuditAge));
        plan.Add(database => database.Prepare("delete from audit where sequence in (select sequence from audit where at < ?1 order by at limit ?2)")
            .Bind(1, audited).Bind(2, batch).Run());
        plan.Add(database => RemoveSurplusAudit(database, retention.MaxAuditEntries, batch));
        return plan;

        // Of too many rows the time up to which they must go is found once, instead of counting before each batch.
        void Cut(string time, string rows, Func<SqliteDatabase, string, int, int> remove)
        {
            string? until = null;
            plan.Add(database => remove(database, until ??= Later(before, Surplus(database, time, rows, retention.MaxRuns)), batch));
        }
    }

    private static long LastSurplus(SqliteDatabase database, EventKind kind, long most) =>
        database.Prepare("select sequence from events where kind = ?1 order by sequence desc limit 1 offset ?2").Bind(1, Name(kind)).Bind(2, most).Scalar() ?? 0;

    private static string? Surplus(SqliteDatabase database, string time, string rows, long most) =>
        database.Prepare($"select {time} from {rows} order by {time} desc limit 1 offset ?1").Bind(1, most).Read(static row => row.Text(0)!).FirstOrDefault();

    // The limit is exclusive, and times are whole milliseconds.
    private static string Later(string before, string? surplus) => surplus is null || string.CompareOrdinal(surplus, before) < 0
        ? before
        : Time(ReadTime(surplus).AddMilliseconds(1));

    // A run goes with its tasks, shards and ledger row, or stays whole.
    private static int RemoveRuns(SqliteDatabase database, string before, int batch)
    {
        const string Oldest = "from runs where finished_at < ?1 order by finished_at limit ?2";
        int removed = 0;
        database.Transact(open =>
        {
            foreach (string statement in (string[])
                [
                    $"delete from tasks where run in (select run {Oldest})",
                    $"delete from shards where run in (select run {Oldest})",
                    $"delete from ledger where answer = 'run' and sequence in (select sequence {Oldest})",
                    $"delete from runs where sequence in (select sequence {Oldest})",
                ])
            {
                removed = open.Prepare(statement).Bind(1, before).Bind(2, batch).Run();
            }
        });
        return removed;
    }

    private static int RemoveSurplus(SqliteDatabase database, long most, int batch)
    {
        long surplus = (database.Prepare("select count(*) from events").Scalar() ?? 0) - most;
        return surplus <= 0
            ? 0
            : database.Prepare($"delete from events where sequence in (select sequence from events where {Unprotected} order by sequence limit ?1)")
                .Bind(1, Math.Min(surplus, batch)).Run();
    }

    private static int RemoveSurplusAudit(SqliteDatabase database, long most, int batch)
    {
        long surplus = (database.Prepare("select count(*) from audit").Scalar() ?? 0) - most;
        return surplus <= 0
            ? 0
            : database.Prepare("delete from audit where sequence in (select sequence from audit order by sequence limit ?1)")
                .Bind(1, Math.Min(surplus, batch)).Run();
    }

    private static DateTimeOffset Earlier(DateTimeOffset now, TimeSpan age) =>
        age > now - DateTimeOffset.MinValue ? DateTimeOffset.MinValue : now - age;
}
