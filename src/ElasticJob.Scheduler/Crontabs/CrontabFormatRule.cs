namespace ElasticJob.Scheduler.Crontabs;

/// <summary>Tells which format a crontab is in, and says why.</summary>
internal static class CrontabFormatRule
{
    /// <summary>
    /// 1. <c>--user</c> decides. 2. /etc/crontab and files in a cron.d folder have the user column. 3. Otherwise the file has it when it has entries
    /// and in each of them the sixth word is the name of a user of this machine and a command follows.
    /// </summary>
    public static (CrontabFormat Format, string Reason) Decide(string path, string text, bool userFormat, CronSurroundings surroundings)
    {
        if (userFormat)
        {
            return (CrontabFormat.User, "without a user column, as --user says");
        }

        if (path == "/etc/crontab" || Path.GetFileName(Path.GetDirectoryName(path)) == "cron.d")
        {
            return (CrontabFormat.System, "with a user column, as all files of its place");
        }

        CrontabLine[] lines = [.. CrontabReader.Read(text, CrontabFormat.User)];
        CrontabEntry[] entries = [.. lines.OfType<EntryLine>().Select(l => l.Entry)];
        bool users = entries.Length > 0 && entries.All(e =>
        {
            string[] words = e.Command.Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries);
            return words.Length == 2 && (words[0] == "root" || surroundings.Homes.ContainsKey(words[0]));
        });
        return users
            ? (CrontabFormat.System, "with a user column, because the sixth word of every entry is a user of this machine; --user says otherwise")
            : (CrontabFormat.User, "without a user column, because the sixth word is not a user of this machine in every entry");
    }
}
