using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Scheduler.Crontabs;
using ElasticJob.Scheduling.Definitions.Reading;

namespace ElasticJob.Cli.Tests.Crontabs;

public sealed class CrontabImportTests
{
    private static readonly CronSurroundings Machine = new()
    {
        CurrentUser = "ann",
        Homes = new Dictionary<string, string> { ["ann"] = "/home/ann", ["www-data"] = "/var/www", ["root"] = "/root" },
        TimeZone = "Europe/Berlin",
    };

    private static readonly CronSurroundings Root = Machine with { CurrentUser = "root", CanSwitchUser = true };

    [Fact]
    public void Read_DebianSystemCrontab_CarriesWhatRootMayRun()
    {
        const string Text = """
            # /etc/crontab: system-wide crontab
            SHELL=/bin/sh
            PATH=/usr/local/sbin:/usr/local/bin:/sbin:/bin:/usr/sbin:/usr/bin

            # Example of job definition:
            # .---------------- minute (0 - 59)
            # |  .------------- hour (0 - 23)
            # *  *  *  *  * user-name command to be executed
            17 *	* * *	root	cd / && run-parts --report /etc/cron.hourly
            25 6	* * *	root	test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
            */5 * * * * www-data /usr/bin/php /srv/app/cron.php --quiet
            """;
        CrontabImport import = Import(Text, CrontabFormat.System, Root);
        import.Lines.Where(l => l.Job is not null).Select(l => (l.Line, l.Job)).ShouldBe([(9, "cron.hourly"), (10, "cron.daily"), (11, "cron")]);
        JsonNode hourly = import.Definitions[1];
        Text_(hourly, "schedule").ShouldBe("17 * * * *");
        Text_(hourly, "timeZone").ShouldBe("Europe/Berlin");
        hourly["script"]!["environment"]!["PATH"]!.ToString().ShouldStartWith("/usr/local/sbin");
        JsonNode php = import.Definitions[3]["script"]!;
        php["program"]!.ToString().ShouldBe("/usr/sbin/runuser");
        php["arguments"]!.AsArray().Select(a => a!.ToString()).ShouldBe(["-u", "www-data", "--", "/bin/sh", "-c", "/usr/bin/php /srv/app/cron.php --quiet"]);
        php["workingDirectory"]!.ToString().ShouldBe("/var/www");
    }

    [Fact]
    public void Read_OtherUserWithoutRoot_IsNotCarriedAndSaysWhy()
    {
        CrontabImport import = Import("0 1 * * * www-data backup\n0 2 * * * ann tidy\n", CrontabFormat.System, Machine);
        import.Lines[0].Carried.ShouldBeFalse();
        import.Lines[0].Remarks[0].ShouldContain("www-data");
        import.Lines[1].Job.ShouldBe("tidy");
    }

    [Fact]
    public void Read_Percent_BecomesStandardInputAndLineBreaks()
    {
        CrontabImport import = Import("0 0 * * * mail -s 100\\% joe%Joe,%%Where are your kids?%\n", CrontabFormat.User, Machine);
        JsonNode script = import.Definitions[1]["script"]!;
        script["line"]!.ToString().ShouldBe("mail -s 100% joe");
        script["standardInput"]!.ToString().ShouldBe("Joe,\n\nWhere are your kids?\n");
    }

    [Fact]
    public void Read_EscapedPercentOnly_HasNoStandardInput()
    {
        JsonNode script = Import("0 0 * * * date +\\%F > /tmp/\\%H\n", CrontabFormat.User, Machine).Definitions[1]["script"]!;
        script["line"]!.ToString().ShouldBe("date +%F > /tmp/%H");
        script["standardInput"].ShouldBeNull();
    }

    [Fact]
    public void Read_Variables_HoldForTheLinesBelow()
    {
        const string Text = """
            0 1 * * * first
            A = "quoted value"
            B='single'
            C=$A/unexpanded
            SHELL=/bin/bash
            CRON_TZ=Asia/Tokyo
            TZ=Europe/Paris
            MAILTO=ops@example.org
            0 2 * * * second
            """;
        CrontabImport import = Import(Text, CrontabFormat.User, Machine);
        JsonNode first = import.Definitions[1];
        JsonNode second = import.Definitions[2];
        first["script"]!["environment"]!["A"].ShouldBeNull();
        Text_(first, "timeZone").ShouldBe("Europe/Berlin");
        JsonNode environment = second["script"]!["environment"]!;
        Text_(environment, "A").ShouldBe("quoted value");
        Text_(environment, "B").ShouldBe("single");
        Text_(environment, "C").ShouldBe("$A/unexpanded");
        Text_(environment, "TZ").ShouldBe("Europe/Paris");
        environment["MAILTO"].ShouldBeNull();
        Text_(second["script"]!, "shell").ShouldBe("/bin/bash");
        Text_(second, "timeZone").ShouldBe("Asia/Tokyo");
        import.Lines.Single(l => l.Job == "second").Remarks.ShouldContain(r => r.Contains("ops@example.org"));
    }

    [Theory]
    [InlineData("@reboot x", "@reboot")]
    [InlineData("0~30 * * * * x", "random")]
    [InlineData("61 * * * * x", "minute '61'")]
    [InlineData("0 24 * * * x", "hour '24'")]
    [InlineData("0 0 0 * * x", "day of month '0'")]
    [InlineData("0 0 * foo * x", "month 'foo'")]
    [InlineData("0 0 * * 8 x", "weekday '8'")]
    [InlineData("5-1 * * * * x", "ends before it begins")]
    [InlineData("*/0 * * * * x", "step")]
    [InlineData("0 0 */2 * 1 x", "wants both")]
    [InlineData("0 0 * *", "is neither a variable")]
    [InlineData("@fortnightly x", "fortnightly")]
    [InlineData("what is this", "is neither a variable")]
    public void Read_WhatCannotBeCarried_IsReportedWithTheReason(string line, string reason)
    {
        CrontabImport import = Import(line, CrontabFormat.User, Machine);
        ImportedLine imported = import.Lines.ShouldHaveSingleItem();
        imported.Carried.ShouldBeFalse();
        imported.Remarks[0].ShouldContain(reason);
        import.Definitions.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("0 8 * * mon-fri x", "0 8 * * 1-5")]
    [InlineData("0 8 * * Sat-Sun x", "0 8 * * 0,6")]
    [InlineData("0 8 * * 7 x", "0 8 * * 0")]
    [InlineData("0 8 * * 5-7 x", "0 8 * * 0,5,6")]
    [InlineData("0 8 * JAN,jul * x", "0 8 * 1,7 *")]
    [InlineData("*/15\t0-6,20-23/2   1,15 * * x", "*/15 0-6,20-23/2 1,15 * *")]
    [InlineData("0 0 1 * 1 x", "0 0 1 * 1")]
    [InlineData("@daily x", "@daily")]
    [InlineData("@midnight x", "@midnight")]
    [InlineData("@hourly x", "@hourly")]
    [InlineData("@weekly x", "@weekly")]
    [InlineData("@monthly x", "@monthly")]
    [InlineData("@yearly x", "@yearly")]
    [InlineData("@annually x", "@annually")]
    [InlineData("@every_minute x", "* * * * *")]
    [InlineData("-*/5 * * * * x", "*/5 * * * *")]
    public void Read_Schedule_KeepsItsMeaning(string line, string schedule)
    {
        CrontabImport import = Import(line, CrontabFormat.User, Machine);
        import.Lines[0].Carried.ShouldBeTrue(string.Join(';', import.Lines[0].Remarks));
        Text_(import.Definitions[1], "schedule").ShouldBe(schedule);
    }

    [Theory]
    [InlineData("@every 5m x", "5m")]
    [InlineData("@600 x", "600s")]
    public void Read_Interval_BecomesEvery(string line, string every) =>
        Text_(Import(line, CrontabFormat.User, Machine).Definitions[1], "every").ShouldBe(every);

    [Fact]
    public void Read_VariableThatNamesASecret_IsLeftOutAndTheRestCanBeApplied()
    {
        CrontabImport import = Import("DB_PASSWORD=hush\nLANG=C\n0 3 * * * /srv/backup.sh\n", CrontabFormat.User, Machine);
        import.Lines[0].Carried.ShouldBeFalse();
        import.Lines[0].Remarks.ShouldHaveSingleItem().ShouldContain("{ fromFile: /path }");
        import.Lines[2].Remarks.ShouldContain("needs DB_PASSWORD in the environment of the app crontab, which is not carried");
        import.Definitions[1]["script"]!["environment"]!.ToJsonString().ShouldNotContain("hush");
        import.Definitions.ShouldAllBe(d => DefinitionReader.Read(d, DateTimeOffset.UnixEpoch).Faults.Count == 0);
    }

    [Fact]
    public void Read_Comments_OnlyTheOneRightAboveDescribes()
    {
        const string Text = """
            # header of the file

            # m h  dom mon dow   command
            # Nightly backup
            # of the database
            0 3 * * * /opt/backup.sh
            0 4 * * * /opt/other.sh
            # 0 5 * * * /opt/disabled.sh
            0 6 * * * echo a # not a comment
            """;
        CrontabImport import = Import(Text, CrontabFormat.User, Machine);
        Text_(import.Definitions[1], "description").ShouldBe("Nightly backup of the database");
        Text_(import.Definitions[2], "description").ShouldBe("Line 7 of the crontab");
        Text_(import.Definitions[3]["script"]!, "line").ShouldBe("echo a # not a comment");
        import.Lines.Single(l => l.Line == 8).Remarks[0].ShouldContain("commented out");
    }

    [Theory]
    [InlineData("/opt/backup.sh --all", "backup")]
    [InlineData("cd /srv/app && /usr/bin/python3 -u manage.py clearsessions", "manage")]
    [InlineData("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean")]
    [InlineData("nice -n 19 ionice -c3 /usr/local/bin/rsnapshot hourly", "rsnapshot")]
    [InlineData("flock -n /tmp/lock timeout 300 certbot -q renew", "certbot")]
    [InlineData("A=1 B=2 env C=3 /x/report.pl > /dev/null 2>&1", "report")]
    [InlineData("bash -c 'cd /tmp && cleanup.sh'", "cleanup")]
    [InlineData("dotnet /srv/Worker.dll", "worker")]
    [InlineData("$HOME/bin/sync", "sync")]
    [InlineData("/opt/Ä/ünï", "n")]
    public void NameFor_Command_IsItsProgram(string command, string name) => new JobNaming().NameFor(command, 7).ShouldBe(name);

    [Fact]
    public void NameFor_SameProgramAgain_AddsTheLine()
    {
        var naming = new JobNaming();
        naming.NameFor("backup.sh a", 1).ShouldBe("backup");
        naming.NameFor("backup.sh b", 9).ShouldBe("backup-line9");
        naming.NameFor("%%%", 12).ShouldBe("line12");
    }

    [Theory]
    [InlineData("/etc/crontab", "* * * * * x\n", false, CrontabFormat.System)]
    [InlineData("/etc/cron.d/php", "* * * * * x\n", false, CrontabFormat.System)]
    [InlineData("/etc/crontab", "* * * * * root x\n", true, CrontabFormat.User)]
    [InlineData("/tmp/tab", "* * * * * root x\n@daily www-data y z\n", false, CrontabFormat.System)]
    [InlineData("/tmp/tab", "* * * * * root x\n@daily date\n", false, CrontabFormat.User)]
    [InlineData("/tmp/tab", "* * * * * nobodyatall x\n", false, CrontabFormat.User)]
    [InlineData("/tmp/tab", "# nothing\n", false, CrontabFormat.User)]
    public void Decide_Format_FollowsTheRule(string path, string text, bool user, object expected) =>
        CrontabFormatRule.Decide(path, text, user, Machine).Format.ShouldBe((CrontabFormat)expected);

    [Fact]
    public void Definitions_OfARealCollection_AreAcceptedByTheReader()
    {
        const string Text = """
            MAILTO=""
            PATH=/usr/bin:/bin
            # renew certificates
            0 */12 * * * test -x /usr/bin/certbot -a \! -d /run/systemd/system && perl -e 'sleep int(rand(43200))' && certbot -q renew
            5-55/10 * * * * command -v debian-sa1 > /dev/null && debian-sa1 1 1
            59 23 * * * command -v debian-sa1 > /dev/null && debian-sa1 60 2
            09,39 *     * * *     [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi
            57 0 * * 0 if [ -x /usr/share/mdadm/checkarray ] && [ $(date +\%d) -le 7 ]; then /usr/share/mdadm/checkarray --cron --all --idle --quiet; fi
            0 22 * * 1-5 mail -s "It's 10pm" joe%Joe,%%Where are your kids?%
            23 0-23/2 * * * echo "run 23 minutes after midn, 2am, 4am ..., everyday"
            @weekly find ~/tmp -mtime +7 -delete
            15 14 1 * * $HOME/bin/monthly
            """;
        CrontabImport import = Import(Text, CrontabFormat.User, Machine);
        import.Lines.Where(l => !l.Carried).ShouldBeEmpty();
        import.Definitions.Count.ShouldBe(10);
        foreach (JsonNode definition in import.Definitions)
        {
            DefinitionReading reading = DefinitionReader.Read(definition, DateTimeOffset.UnixEpoch);
            reading.Faults.ShouldBeEmpty(definition.ToJsonString(Json.Indented));
        }
    }

    [Fact]
    public async Task ImportCrontab_AsYaml_WritesDefinitionsThatReadBack()
    {
        var terminal = new TestTerminal { Input = "# it's: \"odd\"\n0 1 * * * echo 'a: b' | tr a-z A-Z # x\n" };
        (await terminal.RunAsync("import", "crontab", "--user", "-", "-o", "yaml")).ShouldBe(0, terminal.Error);
        var stream = new YamlDotNet.RepresentationModel.YamlStream();
        stream.Load(new StringReader(terminal.Out));
        stream.Documents.Count.ShouldBe(2);
        var job = (YamlDotNet.RepresentationModel.YamlMappingNode)stream.Documents[1].RootNode;
        job["script"]["line"].ToString().ShouldBe("echo 'a: b' | tr a-z A-Z # x");
        job["description"].ToString().ShouldBe("it's: \"odd\"");
    }

    [Fact]
    public async Task ImportCrontab_NameOfAnotherAppsJob_StoresNothing()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        server.On("GET /api/v1/jobs/backup", """{"name":"backup","app":"shop"}""");
        var terminal = new TestTerminal { Input = "0 1 * * * /opt/backup.sh\n" };
        (await server.RunAsync(terminal, "import", "crontab", "--user", "-")).ShouldBe(1);
        terminal.Error.ShouldContain("backup belongs to app shop");
        server.Asked.ShouldNotContain(a => a.Request.StartsWith("POST", StringComparison.Ordinal));
    }

    private static CrontabImport Import(string text, CrontabFormat format, CronSurroundings machine)
    {
        var import = new CrontabImport(machine, "crontab");
        import.Read(text, format);
        return import;
    }

    private static string? Text_(JsonNode node, string member) => Json.Text(node, member);
}
