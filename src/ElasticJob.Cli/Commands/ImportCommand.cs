using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Definitions;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;
using ElasticJob.Scheduler.Crontabs;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob import crontab FILE</c>.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal) => new("import", "Carries schedules over from elsewhere.") { Crontab(terminal) };

    private static Command Crontab(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "The crontab, such as /etc/crontab, or - for the standard input ('crontab -l | …')." };
        var user = new Option<bool>("--user") { Description = "The file has no user column ('crontab -l'); otherwise that is told from its place and content." };
        var app = new Option<string>("--app") { Description = "Name of the app that the jobs belong to.", HelpName = "NAME", DefaultValueFactory = _ => "crontab" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Stores nothing; with a scheduler in reach, shows what would change." };
        var save = new Option<string>("--save") { Description = "Writes the definitions to a YAML file instead of storing them.", HelpName = "FILE" };
        var crontab = new Command("crontab", "A crontab becomes script jobs, with a report of every line. -o yaml writes the definitions.") { file, user, app, dryRun, save };
        crontab.Does(terminal, async call =>
        {
            (CrontabImport import, string reason) = Read(call, call.Get(file), call.Get(user), call.Get(app)!);
            string yaml = YamlText.WriteDocuments(import.Definitions);
            bool any = import.Lines.Any(l => l.Job is not null);
            if (call.Format != OutputFormat.Table)
            {
                call.Terminal.Out.Write(call.Format == OutputFormat.Yaml
                    ? yaml
                    : new JsonArray([.. import.Definitions.Select(d => d.DeepClone())]).ToJsonString(Json.Indented) + "\n");
            }
            else
            {
                WriteReport(new Report(terminal), import, reason);
            }

            if (call.Get(save) is { } path)
            {
                await File.WriteAllTextAsync(Path.GetFullPath(path, terminal.WorkingDirectory), yaml, call.Cancellation);
                await terminal.Error.WriteLineAsync($"The definitions are in {path}; 'elasticjob apply -f {path}' stores them.");
            }
            else if (call.Format == OutputFormat.Table && !call.Get(dryRun) && any)
            {
                await StoreAsync(call, import, yaml, call.Get(app)!);
            }

            return any ? ExitCode.Done : ExitCode.Refused;
        });
        return crontab;
    }

    private static (CrontabImport Import, string Reason) Read(Invocation call, string file, bool userFormat, string app)
    {
        string path = file == "-" ? "-" : Path.GetFullPath(file, call.Terminal.WorkingDirectory);
        if (path != "-" && !File.Exists(path))
        {
            throw CliException.Refused($"{file}: there is no such file.");
        }

        string text = path == "-" ? call.Terminal.In.ReadToEnd() : File.ReadAllText(path);
        CronSurroundings surroundings = CronSurroundings.OfThisMachine(call.Terminal.Time);
        (CrontabFormat format, string reason) = CrontabFormatRule.Decide(path, text, userFormat, surroundings);
        var import = new CrontabImport(surroundings, app);
        import.Read(text, format);
        return (import, $"Read {reason}. Schedules are in {surroundings.TimeZone} unless CRON_TZ says otherwise.");
    }

    private static void WriteReport(Report report, CrontabImport import, string reason)
    {
        report.Line(reason);
        report.Line();
        report.Table(
            ["line", "result", "job", "content", "remarks"],
            import.Lines.Select(l => new[]
            {
                $"{l.Line}",
                l.Carried ? "carried" : "not carried",
                l.Job ?? "–",
                l.Text.Length > 60 ? l.Text[..59] + "…" : l.Text,
                string.Join("; ", l.Remarks),
            }),
            "The file has no entries.",
            "content");
        int entries = import.Lines.Count(l => l.Job is not null);
        int lost = import.Lines.Count(l => !l.Carried);
        report.Line();
        report.Line($"{Report.Count(entries, "entry", "entries")} carried over, {Report.Count(lost, "line", "lines")} not. Each job does as cron did: no catching up, overlapping allowed, no repetition.");
    }

    /// <summary>A job of the same name that belongs to another app is somebody else's: it is not overwritten.</summary>
    private static async Task StoreAsync(Invocation call, CrontabImport import, string yaml, string app)
    {
        var foreign = new List<string>();
        foreach (string name in import.Lines.Select(l => l.Job).OfType<string>())
        {
            JsonNode? present = await call.Api.FindAsync(Routes.Job(name), call.Cancellation);
            if (present.Text("app") is { } owner && owner != app)
            {
                foreign.Add($"{name} belongs to app {owner}");
            }
        }

        if (foreign.Count > 0)
        {
            throw CliException.Refused("Nothing is stored: jobs of these names exist already. Use --save FILE, rename them there, then apply that file.", foreign);
        }

        JsonNode? answer = await Applying.SendAsync(call, yaml, dryRun: false);
        call.Terminal.Out.WriteLine();
        Applying.Write(new Report(call.Terminal), answer);
    }
}
