using System.Collections.Concurrent;
using System.Globalization;

namespace ElasticJob.Simulation.Checking;

/// <summary>
/// The model's own cron: it goes through a day second by second and asks of each whether it is due. It knows nothing of how the product finds due
/// times; all that both use is the time zone data of the machine. The rules, by the clock on the wall of the job's time zone:
/// <list type="number">
/// <item>A second is due when its second, minute and hour stand in their fields. Unix expressions have no seconds and mean second 0.</item>
/// <item>Times that the clock skips in spring come due together, once, at the first instant after the gap; which may be a due time of its own.</item>
/// <item>Times that the clock shows twice in autumn are due the first time only, if the expression names single times (<c>30 2 * * *</c>, <c>0 0,30 2 * * ?</c>).</item>
/// <item>If it goes on through the hours, that is with <c>*</c>, <c>-</c> or <c>/</c> in seconds, minutes or hours, they are due both times: a job of each
/// minute does not pause for an hour.</item>
/// </list>
/// It takes what simulated and chaos jobs use: lists, ranges and steps in the time of day, and any day. Everything else it refuses.
/// </summary>
internal sealed class PlainCron
{
    private const int SecondsOfDay = 24 * 60 * 60;

    // The same expressions come in every history. What is kept are values, so that it does not matter which history asks first.
    private static readonly ConcurrentDictionary<(string Expression, string TimeZone), PlainCron> Known = [];

    private readonly ConcurrentDictionary<long, DateTimeOffset[]> days = [];
    private readonly TimeZoneInfo zone;
    private readonly bool[] seconds;
    private readonly bool[] minutes;
    private readonly bool[] hours;
    private readonly bool goesOn;

    private PlainCron(string expression, string timeZone)
    {
        zone = TimeZoneInfo.FindSystemTimeZoneById(timeZone);
        string[] fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool unix = fields.Length == 5;
        string[] timeOfDay = unix ? ["0", .. fields[..2]] : fields is { Length: 6 or 7 } ? fields[..3] : throw Unknown(expression);
        if (!fields[(unix ? 2 : 3)..].All(f => f == "*" || (f == "?" && !unix)))
        {
            throw Unknown(expression);
        }

        seconds = Field(timeOfDay[0], 60, unix);
        minutes = Field(timeOfDay[1], 60, unix);
        hours = Field(timeOfDay[2], 24, unix);
        goesOn = timeOfDay.Any(f => f.AsSpan().ContainsAny('*', '-', '/'));
    }

    /// <exception cref="NotSupportedException">The expression has something that the model does not know.</exception>
    public static PlainCron Of(string expression, string timeZone) => Known.GetOrAdd((expression, timeZone), key => new PlainCron(key.Expression, key.TimeZone));

    /// <summary>The first due time strictly after an instant; there is one on every day.</summary>
    public DateTimeOffset NextAfter(DateTimeOffset instant)
    {
        for (long day = instant.UtcTicks / TimeSpan.TicksPerDay; ; day++)
        {
            DateTimeOffset[] due = days.GetOrAdd(day, DueOn);
            int at = Array.BinarySearch(due, instant);
            int next = at >= 0 ? at + 1 : ~at;
            if (next < due.Length)
            {
                return due[next];
            }
        }
    }

    /// <summary>All due times of one day of UTC.</summary>
    private DateTimeOffset[] DueOn(long day)
    {
        var due = new List<DateTimeOffset>();
        var midnight = new DateTime(day * TimeSpan.TicksPerDay, DateTimeKind.Utc);
        DateTime before = Local(midnight.AddSeconds(-1));
        for (int second = 0; second < SecondsOfDay; second++)
        {
            DateTime instant = midnight.AddSeconds(second);
            DateTime local = Local(instant);
            bool isDue = IsNamed(local) && (goesOn || !ComesAgain(local, instant));
            for (DateTime skipped = before.AddSeconds(1); skipped < local; skipped = skipped.AddSeconds(1))
            {
                isDue |= IsNamed(skipped);
            }

            if (isDue)
            {
                due.Add(new DateTimeOffset(instant));
            }

            before = local;
        }

        return [.. due];
    }

    private DateTime Local(DateTime utc) => DateTime.SpecifyKind(utc + zone.GetUtcOffset(utc), DateTimeKind.Unspecified);

    private bool IsNamed(DateTime local) => seconds[local.Second] && minutes[local.Minute] && hours[local.Hour];

    /// <summary>Whether the clock has shown this time before, in the last three hours. No clock is set back by more.</summary>
    private bool ComesAgain(DateTime local, DateTime utc) => Enumerable.Range(1, 3 * 60).Any(minutes => Local(utc.AddMinutes(-minutes)) == local);

    /// <summary>Which values a field names: <c>*</c>, <c>7</c>, <c>7-9</c>, each with a step or without, and lists of them.</summary>
    private static bool[] Field(string text, int count, bool unix)
    {
        var named = new bool[count];
        foreach (string part in text.Split(','))
        {
            string[] halves = part.Split('/');
            string[] ends = halves[0] == "*" ? ["0", $"{count - 1}"] : halves[0].Split('-');

            // 5/10 is from 5 to the end in Quartz; crontabs do not agree about it.
            if (halves.Length > 2 || ends.Length > 2 || (unix && halves.Length == 2 && ends.Length == 1))
            {
                throw Unknown(text);
            }

            int first = Number(ends[0], text);
            int last = ends.Length == 2 ? Number(ends[1], text) : halves.Length == 2 ? count - 1 : first;
            int step = halves.Length == 2 ? Number(halves[1], text) : 1;
            if (last >= count || first > last || step == 0)
            {
                throw Unknown(text);
            }

            for (int value = first; value <= last; value += step)
            {
                named[value] = true;
            }
        }

        return named;
    }

    private static int Number(string digits, string text) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Unknown(text);

    private static NotSupportedException Unknown(string text) => new($"The model of cron does not know '{text}'.");
}
