using System.Diagnostics;
using ElasticJob.Protocol.Schedules;
using Quartz;

namespace ElasticJob.Bench;

/// <summary>Next firings computed per second, against bare Quartz in the same run.</summary>
internal static class CronBench
{
    private const int Rounds = 5;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(300);
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static void Run(Table table)
    {
        Check();
        foreach ((string name, string expression, string zone) in new[]
        {
            ("Quartz", "0/5 * * * * ?", "UTC"), ("Quartz, rare", "0 30 2 ? * MON", "Europe/Berlin"),
            ("Unix", "*/5 * * * *", "UTC"), ("Unix, rare", "30 2 * * 1", "Europe/Berlin"),
        })
        {
            if (!CronSchedule.TryParse(expression, zone, out CronSchedule? ours, out string? fault))
            {
                throw new InvalidOperationException(fault);
            }

            bool unix = ours.Dialect == CronDialect.Unix;
            string bareText = unix ? CronExpression.Parse(expression, CronFormat.Unix).CronExpressionString : expression;
            var bare = new CronExpression(bareText, TimeZoneInfo.FindSystemTimeZoneById(zone));

            // In turns, so that both meet the same load; the median round counts.
            var own = new List<double>();
            var reference = new List<double>();
            for (int round = 0; round <= Rounds; round++)
            {
                double a = PerSecond(ours.NextAfter);
                double b = PerSecond(bare.GetNextValidTimeAfter);
                if (round > 0)
                {
                    own.Add(a);
                    reference.Add(b);
                }
            }

            own.Sort();
            reference.Sort();
            double median = Table.Quantile(own, 0.5);
            table.Add($"next firings per second, {name}", Table.Text($"{median:0,0}"), Table.Text($"`{expression}` {zone}; {median / Table.Quantile(reference, 0.5):0.00} of bare Quartz"));
        }
    }

    /// <summary>Fast is only worth telling if it is right: a year of every fifth second has as many due times as it must.</summary>
    private static void Check()
    {
        var schedule = new CronSchedule("0/5 * * * * ?", CronDialect.Quartz);
        long count = ((IReadOnlyList<Schedule>)[schedule]).DueTimes(Start.AddSeconds(-1), Start.AddYears(1).AddSeconds(-1)).LongCount();
        if (count != 365 * 24 * 720)
        {
            throw new InvalidOperationException($"A year of every fifth second has {count} due times.");
        }
    }

    private static double PerSecond(Func<DateTimeOffset, DateTimeOffset?> next)
    {
        long from = Stopwatch.GetTimestamp();
        long count = 0;
        DateTimeOffset at = Start;
        while (Stopwatch.GetElapsedTime(from) < Slice)
        {
            for (int i = 0; i < 20; i++)
            {
                // A rare schedule soon walks out of the years that cron knows: then from the start again.
                at = next(at) is { } due && due.Year < 2100 ? due : Start;
                count++;
            }
        }

        return count / Stopwatch.GetElapsedTime(from).TotalSeconds;
    }
}
