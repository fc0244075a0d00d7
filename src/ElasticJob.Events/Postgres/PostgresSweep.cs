using System.Globalization;
using ElasticJob.Scheduling.Events;
using Npgsql;
using NpgsqlTypes;

namespace ElasticJob.Events.Postgres;

/// <summary>
/// Removes what is too old. Events go with the partition of their day: ages count in whole days. Only what keeps a partition from going whole is
/// removed row by row: kinds with an age of their own, and days in which an unfinished run has events.
/// </summary>
internal sealed class PostgresSweep(string searchPath)
{
    private const string Protected = "exists (select 1 from runs r where r.run = e.run and r.finished_at is null)";

    private readonly HashSet<(DateOnly, EventKind)> swept = [];

    public async Task<long> RunAsync(NpgsqlConnection connection, EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Dictionary<EventKind, DateOnly> cuts = Enum.GetValues<EventKind>()
            .ToDictionary(kind => kind, kind => EventDays.Of(Earlier(now, retention.MaxAgeByKind.GetValueOrDefault(kind, retention.MaxAge))));
        DateOnly whole = cuts.Values.Min();
        long removed = 0;
        foreach ((DateOnly day, _) in await DaysAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            removed += day < whole
                ? await DropAsync(connection, day, cancellationToken).ConfigureAwait(false) ?? await ThinAsync(connection, day, null, long.MaxValue, retention, cancellationToken).ConfigureAwait(false)
                : 0;
            foreach ((EventKind kind, DateOnly cut) in cuts)
            {
                if (day >= whole && day < cut && swept.Add((day, kind)))
                {
                    removed += await ThinAsync(connection, day, kind, long.MaxValue, retention, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        foreach ((EventKind kind, long most) in retention.MaxRowsByKind)
        {
            removed += await SurplusAsync(connection, kind, most, retention, cancellationToken).ConfigureAwait(false);
        }

        removed += await SurplusAsync(connection, retention, cancellationToken).ConfigureAwait(false);
        DateTime before = Earlier(now, retention.MaxAge).UtcDateTime;
        removed += await RepeatAsync(
            connection, Runs, await CutAsync(connection, "finished_at", "runs where finished_at is not null", before, retention, cancellationToken).ConfigureAwait(false),
            retention, cancellationToken).ConfigureAwait(false);
        removed += await RepeatAsync(
            connection,
            "delete from ledger where sequence in (select sequence from ledger where answer <> 'run' and due_until < $1 order by due_until limit $2)",
            await CutAsync(connection, "due_until", "ledger where answer <> 'run'", before, retention, cancellationToken).ConfigureAwait(false), retention, cancellationToken).ConfigureAwait(false);
        removed += await RepeatAsync(
            connection, "delete from audit where sequence in (select sequence from audit where at < $1 order by at limit $2)",
            Earlier(now, retention.MaxAuditAge).UtcDateTime, retention, cancellationToken).ConfigureAwait(false);
        removed += await RepeatAsync(
            connection,
            "delete from audit where sequence in (select sequence from audit order by sequence limit greatest(0, least($2, (select count(*) from audit) - $1)))",
            retention.MaxAuditEntries, retention, cancellationToken).ConfigureAwait(false);
        return removed + await RepeatAsync(
            connection, "delete from executions where sequence in (select sequence from executions where at < $1 order by at limit $2)",
            await CutAsync(connection, "at", "executions", before, retention, cancellationToken).ConfigureAwait(false), retention, cancellationToken).ConfigureAwait(false);
    }

    // A run goes with its tasks, shards and ledger row, or stays whole.
    private const string Runs =
        """
        with old as materialized (select run, sequence from runs where finished_at < $1 order by finished_at limit $2),
          t as (delete from tasks using old where tasks.run = old.run),
          s as (delete from shards using old where shards.run = old.run),
          l as (delete from ledger using old where ledger.sequence = old.sequence and ledger.answer = 'run')
        delete from runs using old where runs.sequence = old.sequence
        """;

    private static DateTimeOffset Earlier(DateTimeOffset now, TimeSpan age) =>
        age > now - DateTimeOffset.MinValue ? DateTimeOffset.MinValue : now - age;

    /// <summary>Of too many rows the time up to which they must go; it is found once along the index, instead of counting before each batch.</summary>
    private async Task<DateTime> CutAsync(
        NpgsqlConnection connection, string time, string rows, DateTime before, EventRetention retention, CancellationToken cancellationToken)
    {
        DateTime cut = before;
        await InTransactionAsync(
            connection, $"select {time} from {rows} order by {time} desc offset $1 limit 1", [new NpgsqlParameter { Value = retention.MaxRuns }],
            async command =>
            {
                // The limit is exclusive, and times are whole milliseconds.
                cut = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is DateTime surplus && surplus >= before
                    ? surplus.AddMilliseconds(1)
                    : before;
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
        return cut;
    }

    private async Task<long> SurplusAsync(NpgsqlConnection connection, EventRetention retention, CancellationToken cancellationToken)
    {
        List<(DateOnly Day, long Rows)> days = await DaysAsync(connection, cancellationToken).ConfigureAwait(false);
        long surplus = days.Sum(day => day.Rows) - retention.MaxEvents;
        long removed = 0;
        foreach ((DateOnly day, long rows) in days.Where(day => day.Rows > 0))
        {
            if (surplus <= removed)
            {
                break;
            }

            removed += rows <= surplus - removed && await DropAsync(connection, day, cancellationToken).ConfigureAwait(false) is { } dropped
                ? dropped
                : await ThinAsync(connection, day, null, surplus - removed, retention, cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    private async Task<long> SurplusAsync(NpgsqlConnection connection, EventKind kind, long most, EventRetention retention, CancellationToken cancellationToken)
    {
        List<(DateOnly Day, long Rows)> days =
            await DaysAsync(connection, cancellationToken, $"event_kinds where kind = '{EventText.Name(kind)}' and rows > 0").ConfigureAwait(false);
        long surplus = days.Sum(day => day.Rows) - most;
        long removed = 0;
        foreach ((DateOnly day, long rows) in days.TakeWhile(_ => removed < surplus))
        {
            removed += await ThinAsync(connection, day, kind, Math.Min(rows, surplus - removed), retention, cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    private async Task<List<(DateOnly Day, long Rows)>> DaysAsync(NpgsqlConnection connection, CancellationToken cancellationToken, string rows = "event_days")
    {
        var days = new List<(DateOnly, long)>();
        await InTransactionAsync(connection, $"select day, rows from {rows} order by day", [], async command =>
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                days.Add((reader.GetFieldValue<DateOnly>(0), reader.GetInt64(1)));
            }

            return days.Count;
        }, cancellationToken).ConfigureAwait(false);
        return days;
    }

    /// <summary>Drops the partition of a day.</summary>
    /// <returns>How many rows it had; null when something in it must stay, or somebody reads too long: the next sweep tries again.</returns>
    private async Task<long?> DropAsync(NpgsqlConnection connection, DateOnly day, CancellationToken cancellationToken)
    {
        string table = EventDays.Table(day);
        bool blocked = await InTransactionAsync(
            connection, $"select count(*) from runs r where r.finished_at is null and exists (select 1 from {table} e where e.run = r.run)", [],
            async command => Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture),
            cancellationToken).ConfigureAwait(false) > 0;
        if (blocked)
        {
            return null;
        }

        try
        {
            // Dropping needs the parent alone for a moment; writers must not queue behind it for long.
            return await InTransactionAsync(
                connection, $"set local lock_timeout = '2s'; drop table {table}; delete from event_kinds where day = '{day:yyyy-MM-dd}'; delete from event_days where day = '{day:yyyy-MM-dd}' returning rows", [],
                async command => Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture),
                cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return 0;
        }
    }

    /// <summary>Removes the oldest rows of a day that may go, a batch at a time.</summary>
    private async Task<long> ThinAsync(
        NpgsqlConnection connection, DateOnly day, EventKind? kind, long most, EventRetention retention, CancellationToken cancellationToken)
    {
        string table = EventDays.Table(day);
        string ofKind = kind is { } known ? $"e.kind = '{EventText.Name(known)}' and " : "";
        long removed = 0;
        long after = 0;
        long count;
        long batch;
        do
        {
            // A batch begins where the one before ended: what stays is not read again and again.
            batch = Math.Min(retention.BatchSize, most - removed);
            count = await InTransactionAsync(
                connection,
                $"""
                with gone as (
                    delete from {table} where sequence in (
                      select e.sequence from {table} e where {ofKind}e.sequence > $2 and not {Protected} order by e.sequence limit $1) returning sequence, kind),
                  kinds as (
                    update event_kinds k set rows = k.rows - c.n from (select kind, count(*) as n from gone group by kind) c
                    where k.day = '{day:yyyy-MM-dd}' and k.kind = c.kind)
                update event_days set rows = rows - (select count(*) from gone) where day = '{day:yyyy-MM-dd}'
                  returning (select count(*) from gone), (select max(sequence) from gone)
                """,
                [new NpgsqlParameter { Value = batch }, new NpgsqlParameter { Value = after }],
                async command =>
                {
                    await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                    bool any = await reader.ReadAsync(cancellationToken).ConfigureAwait(false) && !await reader.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false);
                    after = any ? reader.GetInt64(1) : after;
                    return any ? reader.GetInt64(0) : 0;
                },
                cancellationToken).ConfigureAwait(false);
            removed += count;
        }
        while (count >= batch && removed < most);
        return removed;
    }

    private async Task<long> RepeatAsync(
        NpgsqlConnection connection, string sql, object limit, EventRetention retention, CancellationToken cancellationToken)
    {
        long removed = 0;
        long count;
        do
        {
            count = await InTransactionAsync(
                connection, sql,
                [
                    new NpgsqlParameter { Value = limit },
                    new NpgsqlParameter { Value = (long)retention.BatchSize },
                ],
                async command => await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            removed += count;
        }
        while (count >= retention.BatchSize);
        return removed;
    }

    private async Task<long> InTransactionAsync(
        NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, Func<NpgsqlCommand, Task<long>> execute, CancellationToken cancellationToken)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (NpgsqlCommand path = connection.CreateCommand())
        {
            path.CommandText = searchPath;
            await path.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddRange(parameters);
        long result = await execute(command).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }
}
