using ElasticJob.Scheduling.Events;
using ElasticJob.Storage.Sqlite;
using static ElasticJob.Events.EventText;

namespace ElasticJob.Events.Sqlite;

/// <summary>Removes what is too old, a batch at a time.</summary>
internal static class EventSweep
{
    private const string Unprotected = "(run is null or run not in (select run from runs where finished_at is null))";

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

        plan.Add(database => RemoveSurplus(database, retention.MaxEvents, batch));
        foreach (string table in (string[])["tasks", "shards"])
        {
            string key = table == "tasks" ? "sequence" : "(run, shard)";
            string columns = table == "tasks" ? "sequence" : "run, shard";
            plan.Add(database => database.Prepare(
                $"delete from {table} where {key} in (select {columns} from {table} where run in (select run from runs where finished_at < ?1) limit ?2)")
                .Bind(1, before).Bind(2, batch).Run());
        }

        // A ledger row of a run goes with its run, not before.
        plan.Add(database => database.Prepare(
            "delete from ledger where sequence in (select sequence from ledger where answer = 'run' and run in (select run from runs where finished_at < ?1) limit ?2)")
            .Bind(1, before).Bind(2, batch).Run());
        plan.Add(database => database.Prepare(
            "delete from ledger where sequence in (select sequence from ledger where answer <> 'run' and due_until < ?1 order by sequence limit ?2)")
            .Bind(1, before).Bind(2, batch).Run());
        plan.Add(database => database.Prepare(
            "delete from executions where sequence in (select sequence from executions where at < ?1 order by at limit ?2)")
            .Bind(1, before).Bind(2, batch).Run());
        plan.Add(database => database.Prepare(
            "delete from runs where sequence in (select sequence from runs where finished_at < ?1 order by finished_at limit ?2)")
            .Bind(1, before).Bind(2, batch).Run());
        return plan;
    }

    private static int RemoveSurplus(SqliteDatabase database, long most, int batch)
    {
        long surplus = (database.Prepare("select count(*) from events").Scalar() ?? 0) - most;
        return surplus <= 0
            ? 0
            : database.Prepare($"delete from events where sequence in (select sequence from events where {Unprotected} order by sequence limit ?1)")
                .Bind(1, Math.Min(surplus, batch)).Run();
    }

    private static DateTimeOffset Earlier(DateTimeOffset now, TimeSpan age) =>
        age > now - DateTimeOffset.MinValue ? DateTimeOffset.MinValue : now - age;
}
