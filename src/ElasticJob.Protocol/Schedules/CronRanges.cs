using System.Globalization;

namespace ElasticJob.Protocol.Schedules;

/// <summary>
/// Looks whether each number of a cron expression can occur in its field. The parser takes <c>99 * * * * ?</c> without a word, and such a job
/// would never fire, or at other times than its author thinks. Everything but plain numbers is left to the parser.
/// </summary>
internal static class CronRanges
{
    private static readonly Field Second = new("second", 0, 59);
    private static readonly Field Minute = new("minute", 0, 59);
    private static readonly Field Hour = new("hour", 0, 23);
    private static readonly Field Day = new("day of month", 1, 31);
    private static readonly Field Month = new("month", 1, 12);

    private static readonly Field[] Unix = [Minute, Hour, Day, Month, new("weekday", 0, 7)];
    private static readonly Field[] Quartz = [Second, Minute, Hour, Day, Month, new("weekday", 1, 7), new("year", 1970, 2099)];

    /// <returns>What is wrong and what would be right; null if nothing is.</returns>
    public static string? Fault(string expression, CronDialect dialect)
    {
        string[] fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return expression.StartsWith('@')
            ? null
            : fields.Zip(dialect == CronDialect.Unix ? Unix : Quartz, (text, field) => Fault(text, field, dialect)).FirstOrDefault(fault => fault is not null);
    }

    private static string? Fault(string text, Field field, CronDialect dialect)
    {
        foreach (string part in text.Split(','))
        {
            string[] halves = part.Split('/');
            string[] ends = halves[0].Split('#')[0].Split('-');
            foreach (string end in ends)
            {
                // 15W is a day and 6L a weekday; L-3 counts from the end of the month.
                string number = end.TrimEnd('W', 'w', 'L', 'l');
                if (number.Length > 0 && number.All(char.IsAsciiDigit) && !Is(number, field.First, field.Last) && !(ends[0] is "L" or "l" && Is(number, 0, 30)))
                {
                    return Say($"{field.Name} '{text}': {number} is not from {field.First} to {field.Last}{Weekdays(field, dialect)}");
                }
            }

            if (halves[0].Split('#') is [_, var nth] && !Is(nth, 1, 5))
            {
                return Say($"{field.Name} '{text}': a month has the weekday for the 1st to 5th time, not for the {nth}th");
            }

            if (halves.Length > 1 && !Is(halves[1], 1, field.Last))
            {
                return Say($"{field.Name} '{text}': the step {halves[1]} is not from 1 to {field.Last}");
            }
        }

        return null;
    }

    private static string Weekdays(Field field, CronDialect dialect) => field.Name != "weekday" ? ""
        : dialect == CronDialect.Unix ? " (0 and 7 are Sunday), nor a name such as MON" : " (1 is Sunday), nor a name such as MON";

    private static bool Is(string text, int first, int last) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= first && number <= last;

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Field(string Name, int First, int Last);
}
