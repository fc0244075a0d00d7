using System.Globalization;
using System.Text;
using ElasticJob.Scheduling.Events;
using Npgsql;
using NpgsqlTypes;

namespace ElasticJob.Events.Postgres;

/// <summary>The partitions of the events, one per day in UTC. <c>event_days</c> lists them and counts their rows, <c>event_kinds</c> those of each kind, so that nobody counts millions.</summary>
internal static class EventDays
{
    public static string Table(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"events_{day:yyyyMMdd}");

    public static DateOnly Of(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    public static DateOnly[] Of(IReadOnlyList<SchedulerEvent> events) => [.. events.Select(e => Of(e.At)).Distinct()];

    public static DateOnly[] Ahead(DateTimeOffset now, int days) => [.. Enumerable.Range(0, days + 1).Select(day => Of(now).AddDays(day))];

    /// <summary>A new table is attached instead of created as a partition: that waits for nobody who reads.</summary>
    public static async Task CreateAsync(NpgsqlConnection connection, IReadOnlyList<DateOnly> days, CancellationToken cancellationToken)
    {
        if (days.Count == 0)
        {
            return;
        }

        var script = new StringBuilder();
        foreach (DateOnly day in days)
        {
            script.Append(
                CultureInfo.InvariantCulture,
                $"""
                create table {Table(day)}(like events including defaults);
                alter table events attach partition {Table(day)} for values from ('{day:yyyy-MM-dd} 00:00:00+00') to ({End(day)});
                insert into event_days(day, rows) values ('{day:yyyy-MM-dd}', 0);

                """);
        }

        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = script.ToString();
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    public static NpgsqlBatchCommand Count(IEnumerable<SchedulerEvent> events)
    {
        List<((DateOnly Day, EventKind Kind) Of, long Rows)> counts =
            [.. events.GroupBy(e => (Of(e.At), e.Kind)).OrderBy(group => group.Key).Select(group => (group.Key, group.LongCount()))];
        return new NpgsqlBatchCommand(
            """
            with u as (select * from unnest($1::date[], $2::text[], $3::bigint[]) as u(day, kind, rows)),
              k as (insert into event_kinds(day, kind, rows) select day, kind, rows from u on conflict (day, kind) do update set rows = event_kinds.rows + excluded.rows)
            update event_days d set rows = d.rows + s.rows from (select day, sum(rows) as rows from u group by day) s where d.day = s.day
            """)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = counts.ConvertAll(c => c.Of.Day), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                new NpgsqlParameter { Value = counts.ConvertAll(c => EventText.Name(c.Of.Kind)), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new NpgsqlParameter { Value = counts.ConvertAll(c => c.Rows), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            },
        };
    }

    private static string End(DateOnly day) =>
        day == DateOnly.MaxValue ? "maxvalue" : string.Create(CultureInfo.InvariantCulture, $"'{day.AddDays(1):yyyy-MM-dd} 00:00:00+00'");
}
