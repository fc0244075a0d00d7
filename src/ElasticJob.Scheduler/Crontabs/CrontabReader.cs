using System.Text;
using System.Text.RegularExpressions;

namespace ElasticJob.Scheduler.Crontabs;

/// <summary>
/// Reads a crontab as Vixie cron does (crontab(5)). A line is, after leading blanks: empty; a comment (<c>#</c>); a variable
/// (<c>NAME = value</c>, quotes around either optional, no expansion of <c>$</c>); or an entry. Comments are whole lines only.
/// </summary>
internal static partial class CrontabReader
{
    public static IReadOnlyList<CrontabLine> Read(string text, CrontabFormat format)
    {
        var lines = new List<CrontabLine>();
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var comment = new List<string>();
        int number = 0;
        foreach (string raw in text.TrimStart('\ufeff').ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            string line = raw.TrimStart(' ', '\t');
            if (line.Length == 0)
            {
                comment.Clear();
                continue;
            }

            if (line[0] == '#')
            {
                string remark = line.TrimStart('#', ' ', '\t').TrimEnd();
                if (IsDisabledEntry(remark, format))
                {
                    lines.Add(new DisabledLine(number, raw.Trim()));
                    comment.Clear();
                }
                else if (IsForPeople(remark))
                {
                    comment.Add(remark);
                }

                continue;
            }

            Match variable = Variable().Match(line);
            if (variable.Success)
            {
                string name = Unquoted(variable.Groups["name"].Value);
                string value = Unquoted(variable.Groups["value"].Value.Trim(' ', '\t'));
                variables[name] = value;
                lines.Add(new VariableLine(number, raw.Trim(), name, value));
            }
            else
            {
                lines.Add(Entry(number, raw.Trim(), line, format, variables, comment));
            }

            comment.Clear();
        }

        return lines;
    }

    /// <summary>Splits an entry's line: schedule, user (system format), rest. <see langword="null"/> when something is missing.</summary>
    public static (string Schedule, string? User, string Remainder)? Split(string line, CrontabFormat format)
    {
        int fields = line.StartsWith('@') ? 1 : 5;

        // @every 5m is two words.
        if (line.StartsWith("@every ", StringComparison.Ordinal))
        {
            fields = 2;
        }

        int at = 0;
        for (int i = 0; i < fields; i++)
        {
            at = AfterWord(line, at);
        }

        string schedule = line[..at].Trim(' ', '\t');
        at = AfterBlanks(line, at);
        string? user = null;
        if (format == CrontabFormat.System)
        {
            int end = AfterWord(line, at);
            user = line[at..end].Trim();
            at = AfterBlanks(line, end);
        }

        bool complete = at < line.Length && schedule.Length > 0 && user != "";
        return complete ? (schedule, user, line[at..].TrimEnd('\r')) : null;
    }

    private static CrontabLine Entry(
        int number, string shown, string line, CrontabFormat format, SortedDictionary<string, string> variables, List<string> comment)
    {
        bool quiet = line.StartsWith('-');
        if (Split(quiet ? line[1..] : line, format) is not { } parts)
        {
            string shape = format == CrontabFormat.System ? "minute hour day month weekday user command" : "minute hour day month weekday command";
            return new FaultyLine(number, shown, $"is neither a variable (NAME=value) nor an entry ({shape})");
        }

        (string command, string? input) = SplitAtPercent(parts.Remainder);
        return new EntryLine(number, shown, new CrontabEntry
        {
            Line = number,
            Schedule = parts.Schedule,
            User = parts.User,
            Command = command.TrimEnd(),
            StandardInput = input,
            Variables = new SortedDictionary<string, string>(variables, StringComparer.Ordinal),
            Comment = comment.Count == 0 ? null : Shortened(string.Join(' ', comment)),
            Quiet = quiet,
        });
    }

    /// <summary>crontab(5): a bare <c>%</c> is a line break, what follows the first is the standard input; <c>\%</c> is a <c>%</c>.</summary>
    private static (string Command, string? Input) SplitAtPercent(string rest)
    {
        var command = new StringBuilder();
        StringBuilder? input = null;
        for (int i = 0; i < rest.Length; i++)
        {
            StringBuilder target = input ?? command;
            if (rest[i] == '\\' && i + 1 < rest.Length && rest[i + 1] == '%')
            {
                target.Append('%');
                i++;
            }
            else if (rest[i] != '%')
            {
                target.Append(rest[i]);
            }
            else if (input is null)
            {
                input = new StringBuilder();
            }
            else
            {
                input.Append('\n');
            }
        }

        if (input is { Length: > 0 } && input[^1] != '\n')
        {
            input.Append('\n');
        }

        return (command.ToString(), input?.ToString());
    }

    private static int AfterWord(string line, int at)
    {
        at = AfterBlanks(line, at);
        while (at < line.Length && line[at] is not (' ' or '\t'))
        {
            at++;
        }

        return at;
    }

    private static int AfterBlanks(string line, int at)
    {
        while (at < line.Length && line[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }

    private static string Unquoted(string text) =>
        text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0] && text.Length >= 2 ? text[1..^1] : text;

    private static string Shortened(string text) => text.Length <= 300 ? text : text[..299] + "…";

    private static bool IsDisabledEntry(string remark, CrontabFormat format) =>
        Split(remark, format) is { } parts && (remark.StartsWith('@') ? Nickname().IsMatch(parts.Schedule) : CronFields.Check(parts.Schedule) is null);

    /// <summary>Not the ruler that distributions put at the head (<c># m h dom mon dow user command</c>), nor a drawing of it.</summary>
    private static bool IsForPeople(string remark) =>
        remark.Any(char.IsLetter) && !Ruler().IsMatch(remark) && !remark.StartsWith('|') && !remark.StartsWith(".---", StringComparison.Ordinal);

    [GeneratedRegex("""^(?<name>"[^"]+"|'[^']+'|[A-Za-z_][A-Za-z0-9_]*)[ \t]*=(?<value>.*)$""")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^@(reboot|yearly|annually|monthly|weekly|daily|midnight|hourly|every\S*)")]
    private static partial Regex Nickname();

    [GeneratedRegex(@"^(m|min|minute|\*)\s+(h|hour|\*)\s+(dom|day|mday|\*)", RegexOptions.IgnoreCase)]
    private static partial Regex Ruler();
}
