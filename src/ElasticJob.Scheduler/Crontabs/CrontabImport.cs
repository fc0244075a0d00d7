using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Scheduler.Crontabs;

/// <summary>
/// Turns a crontab into one app without a package and a script job per entry, and says of every line what became of it. A job does what cron
/// would have done: missed times are not made up for, runs may overlap, nothing is tried again.
/// </summary>
internal sealed partial class CrontabImport(CronSurroundings surroundings, string app)
{
    private readonly JobNaming naming = new();

    /// <summary>The app and its jobs, as <c>apply</c> takes them.</summary>
    public List<JsonNode> Definitions { get; } = [];

    public List<ImportedLine> Lines { get; } = [];

    public void Read(string text, CrontabFormat format)
    {
        Definitions.Add(new JsonObject
        {
            ["kind"] = "App",
            ["name"] = app,
            ["description"] = "Commands carried over from a crontab",
        });
        foreach (CrontabLine line in CrontabReader.Read(text, format))
        {
            Lines.Add(line switch
            {
                EntryLine entry => Carry(entry),
                VariableLine variable => Describe(variable),
                DisabledLine => new ImportedLine(line.Number, line.Text, null, false, ["is commented out"]),
                FaultyLine faulty => new ImportedLine(line.Number, line.Text, null, false, [faulty.Fault]),
                _ => throw new InvalidOperationException($"Unexpected line {line}."),
            });
        }
    }

    private ImportedLine Carry(EntryLine line)
    {
        CrontabEntry entry = line.Entry;
        ImportedLine Not(string why) => new(line.Number, line.Text, null, false, [why]);

        string zone = entry.Variables.GetValueOrDefault("CRON_TZ") ?? surroundings.TimeZone;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            return Not($"CRON_TZ '{zone}' is not a known time zone");
        }

        var remarks = new List<string>();
        if (!TrySchedule(entry.Schedule, zone, remarks, out JsonNode? schedule, out JsonNode? every, out string? fault))
        {
            return Not(fault!);
        }

        if (entry.Variables.GetValueOrDefault("SHELL") is { } shell && !shell.StartsWith('/'))
        {
            return Not($"SHELL '{shell}' is not an absolute path");
        }

        if (entry.Command.Length == 0)
        {
            return Not("has no command");
        }

        string user = entry.User ?? surroundings.CurrentUser;
        bool other = user != surroundings.CurrentUser;
        if (other && !surroundings.CanSwitchUser)
        {
            return Not($"runs as {user}; the platform runs as {surroundings.CurrentUser} and only root may switch: import it as {user}, or run the platform as root");
        }

        if (other && !surroundings.Homes.ContainsKey(user))
        {
            return Not($"runs as {user}, which is not a user of this machine");
        }

        string name = naming.NameFor(entry.Command, entry.Line);
        var job = new JsonObject { ["kind"] = "Job", ["name"] = name, ["app"] = app, ["type"] = "script" };
        var script = new JsonObject();
        AddCommand(script, entry, other ? user : null, remarks);
        AddSurroundings(script, entry, user, remarks);
        job["script"] = script;
        if (schedule is not null)
        {
            job["schedule"] = schedule;
            job["timeZone"] = zone;
        }
        else
        {
            job["every"] = every;
        }

        job["policy"] = new JsonObject { ["misfire"] = "skip", ["overlap"] = "allow", ["failover"] = false };
        job["description"] = entry.Comment ?? $"Line {entry.Line} of the crontab";
        Definitions.Add(job);
        if (entry.Quiet)
        {
            remarks.Add("the leading '-' (no syslog line) has no meaning here");
        }

        if (entry.Variables.GetValueOrDefault("MAILTO") is { Length: > 0 } mail)
        {
            remarks.Add($"output is kept in the run's log instead of mailed to {mail}");
        }

        return new ImportedLine(line.Number, line.Text, name, true, remarks);
    }

    private static bool TrySchedule(
        string text, string zone, List<string> remarks, out JsonNode? schedule, out JsonNode? every, out string? fault)
    {
        schedule = null;
        every = null;
        fault = null;
        switch (text)
        {
            case "@reboot":
                fault = "@reboot starts something when the machine starts; there is no such due time here. Keep it in cron or systemd, or make it a resident job";
                return false;
            case "@every_minute":
                schedule = "* * * * *";
                return true;
            case "@every_second":
                every = "1s";
                return true;
        }

        Match interval = Interval().Match(text);
        if (interval.Success)
        {
            every = interval.Groups["seconds"].Success ? interval.Groups["seconds"].Value + "s" : interval.Groups["span"].Value;
            remarks.Add("counts from when the job is stored, not from the start of cron");
            return true;
        }

        string plain = text;
        if (!text.StartsWith('@'))
        {
            fault = CronFields.Check(text);
            if (fault is not null)
            {
                return false;
            }

            if (CronFields.IsAmbiguous(text))
            {
                fault = "restricts day of month and weekday, one of them with a step from '*': cron wants both to hold, elsewhere either is enough; write it as two conditions in the command or list the days";
                return false;
            }

            plain = CronFields.Plain(text);
        }

        if (!CronSchedule.TryParse(plain, zone, out _, out string? complaint))
        {
            fault = complaint;
            return false;
        }

        schedule = plain;
        return true;
    }

    /// <summary>The command goes to the shell that the crontab names, as one argument; another user's through runuser.</summary>
    private static void AddCommand(JsonObject script, CrontabEntry entry, string? switchTo, List<string> remarks)
    {
        string? shell = entry.Variables.GetValueOrDefault("SHELL");
        if (switchTo is null)
        {
            script["line"] = entry.Command;
            if (shell is not null)
            {
                script["shell"] = shell;
            }
        }
        else
        {
            script["program"] = "/usr/sbin/runuser";
            script["arguments"] = new JsonArray("-u", switchTo, "--", shell ?? "/bin/sh", "-c", entry.Command);
            remarks.Add($"runs as {switchTo} through runuser");
        }

        if (entry.StandardInput is { } input)
        {
            script["standardInput"] = input;
            remarks.Add("what follows % is the standard input");
        }
    }

    /// <summary>cron starts commands in the user's home with HOME, LOGNAME and a short PATH, plus the variables of the table.</summary>
    private void AddSurroundings(JsonObject script, CrontabEntry entry, string user, List<string> remarks)
    {
        var environment = new JsonObject();
        string? home = entry.Variables.GetValueOrDefault("HOME") ?? surroundings.Homes.GetValueOrDefault(user);
        if (home is not null)
        {
            environment["HOME"] = home;
            script["workingDirectory"] = home;
        }

        environment["LOGNAME"] = user;
        environment["USER"] = user;
        environment["PATH"] = "/usr/bin:/bin";
        foreach ((string name, string value) in entry.Variables.Where(v => v.Key is not ("HOME" or "SHELL" or "CRON_TZ" or "LOGNAME" or "USER") && !IsForCron(v.Key)))
        {
            if (SecretRule.Refuses(name, value))
            {
                remarks.Add($"needs {name} in the environment of the app {app}, which is not carried");
            }
            else
            {
                environment[name] = value;
            }
        }

        if (entry.Variables.TryGetValue("LOGNAME", out string? logname) && logname != user)
        {
            remarks.Add("LOGNAME cannot be set in a crontab");
        }

        script["environment"] = environment;
    }

    private static ImportedLine Describe(VariableLine line)
    {
        string? remark = line.Name switch
        {
            "SHELL" => "runs the commands below",
            "CRON_TZ" => "time zone of the schedules below",
            "TZ" => "handed to the commands below; their schedules keep the machine's time zone (CRON_TZ would change it)",
            "MAILTO" when line.Value.Length == 0 => "nothing is mailed here either",
            "MAILTO" => "not carried: output is kept in each run's log, nothing is mailed",
            "LOGNAME" or "USER" => "not carried: it is the user that runs the command",
            "RANDOM_DELAY" or "START_HOURS_RANGE" => "not carried: due times are exact here",
            _ when IsForCron(line.Name) => "not carried: it concerns cron's mail",
            _ when SecretRule.Refuses(line.Name, line.Value) =>
                "not carried: it names a secret, and definitions are stored and shown. Set it in the environment of the app, with { fromFile: /path }",
            _ => "environment of the commands below",
        };
        return new ImportedLine(line.Number, line.Text, null, !remark.StartsWith("not carried", StringComparison.Ordinal), [remark.Replace("not carried: ", "", StringComparison.Ordinal)]);
    }

    private static bool IsForCron(string name) =>
        name is "MAILTO" or "MAILFROM" or "CONTENT_TYPE" or "CONTENT_TRANSFER_ENCODING" or "RANDOM_DELAY" or "START_HOURS_RANGE";

    [GeneratedRegex(@"^@(?:(?<seconds>[1-9]\d{0,8})|every[ \t]+(?<span>[1-9]\d{0,8}[smhd]))$")]
    private static partial Regex Interval();
}
