using System.Globalization;

namespace ElasticJob.Scheduler.Crontabs;

/// <summary>
/// Checks the five fields of a Unix schedule one by one, to say which is wrong and how, before the whole is handed to the platform's own
/// schedules; and rewrites the few spellings that cron knows and they do not.
/// </summary>
internal static class CronFields
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private static readonly (string Name, int First, int Last, string[] Names)[] Fields =
    [
        ("minute", 0, 59, []), ("hour", 0, 23, []), ("day of month", 1, 31, []), ("month", 1, 12, Months), ("weekday", 0, 7, Days),
    ];

    /// <summary>What is wrong; <see langword="null"/> if nothing is.</summary>
    public static string? Check(string schedule)
    {
        string[] fields = schedule.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != Fields.Length)
        {
            return $"has {fields.Length} time fields instead of 5";
        }

        for (int i = 0; i < fields.Length; i++)
        {
            if (Parse(fields[i], i) is { Fault: { } fault })
            {
                return $"{Fields[i].Name} '{fields[i]}': {fault}";
            }
        }

        return null;
    }

    /// <summary>
    /// The same times without what only cron reads: single blanks between the fields, months and weekdays as numbers, Sunday as 0.
    /// </summary>
    public static string Plain(string schedule)
    {
        string[] fields = schedule.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < fields.Length; i++)
        {
            bool numbersOnly = i < 3 || (i == 3 && !fields[i].Any(char.IsAsciiLetter));
            if (fields[i] != "*" && !numbersOnly)
            {
                fields[i] = Listed(Parse(fields[i], i).Values, i);
            }
        }

        return string.Join(' ', fields);
    }

    /// <summary>
    /// Vixie cron joins day of month and weekday with OR, but with AND when either begins with a star — also in <c>*/2</c>. Only a bare star
    /// is the same in both readings.
    /// </summary>
    public static bool IsAmbiguous(string schedule)
    {
        string[] fields = schedule.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 5 && fields[2] != "*" && fields[4] != "*" && (fields[2][0] == '*' || fields[4][0] == '*');
    }

    private static string Listed(bool[] values, int field)
    {
        if (field == 4)
        {
            values[0] |= values[7];
            values[7] = false;
        }

        var parts = new List<string>();
        for (int first = 0; first < values.Length; first++)
        {
            if (!values[first])
            {
                continue;
            }

            int last = first;
            while (last + 1 < values.Length && values[last + 1])
            {
                last++;
            }

            parts.Add(last == first ? Number(first) : last == first + 1 ? $"{first},{last}" : $"{first}-{last}");
            first = last;
        }

        return string.Join(',', parts);
    }

    private static (bool[] Values, string? Fault) Parse(string field, int index)
    {
        (_, int first, int last, _) = Fields[index];
        var values = new bool[60];
        foreach (string part in field.Split(','))
        {
            if (part.Contains('~', StringComparison.Ordinal))
            {
                return (values, "'~' means a random time, which is not carried over; write the time itself");
            }

            string[] halves = part.Split('/');
            int step = 1;
            if (halves.Length > 2 || (halves.Length == 2 && (!int.TryParse(halves[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step == 0)))
            {
                return (values, $"'{part}' has no step that is a number from 1");
            }

            string[] ends = halves[0].Split('-');
            int? from = halves[0] == "*" ? first : Value(ends[0], index);
            int? to = halves[0] == "*" ? (index == 4 ? 6 : last) : ends.Length == 2 ? Value(ends[1], index) : halves.Length == 2 ? last : from;
            if (ends.Length > 2 || from is not { } low || to is not { } high)
            {
                return (values, $"'{part}' is not a value from {first} to {last}{(Fields[index].Names.Length > 0 ? " or a name" : "")}");
            }

            // sat-sun: names wrap to the 7 that is also Sunday.
            high = index == 4 && high == 0 && low > 0 ? 7 : high;
            if (low > high)
            {
                return (values, $"'{part}' ends before it begins");
            }

            for (int value = low; value <= high; value += step)
            {
                values[value] = true;
            }
        }

        return (values, null);
    }

    private static int? Value(string text, int index)
    {
        (_, int first, int last, string[] names) = Fields[index];
        int named = Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0)
        {
            return named + (index == 3 ? 1 : 0);
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= first && number <= last ? number : null;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
