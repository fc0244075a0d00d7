using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob export</c>: all definitions, in the form that <c>apply</c> takes back.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var to = new Option<string>("--to")
        {
            Description = "A folder, which gets a file for each app and job; or - for the standard output (the default).",
            HelpName = "DIR|-",
            DefaultValueFactory = _ => "-",
        };
        var export = new Command("export", "Writes all apps and jobs as YAML, for 'elasticjob apply -f' to take back.") { to };
        export.Does(terminal, async call =>
        {
            List<(string File, JsonNode Definition)> all = await ReadAsync(call);
            string place = call.Get(to)!;
            if (place == "-")
            {
                await terminal.Out.WriteAsync(YamlText.WriteDocuments(all.Select(d => d.Definition)));
                return ExitCode.Done;
            }

            string folder = Path.GetFullPath(place, terminal.WorkingDirectory);
            Directory.CreateDirectory(folder);
            foreach ((string file, JsonNode definition) in all)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, file), YamlText.Write(definition), call.Cancellation);
            }

            await terminal.Out.WriteLineAsync($"{Report.Count(all.Count, "definition", "definitions")} written to {folder}.");
            return ExitCode.Done;
        });
        return export;
    }

    /// <summary>Apps first: a job names its app.</summary>
    private static async Task<List<(string File, JsonNode Definition)>> ReadAsync(Invocation call)
    {
        var all = new List<(string File, JsonNode Definition)>();
        foreach (JsonNode app in (await call.Api.ListAsync(Routes.Apps, int.MaxValue, call.Cancellation)).OfType<JsonNode>())
        {
            all.Add(($"app-{app.Text("name")}.yaml", Definition(app)));
        }

        foreach (JsonNode listed in (await call.Api.ListAsync(Routes.Jobs, int.MaxValue, call.Cancellation)).OfType<JsonNode>())
        {
            // One that was removed meanwhile is not part of the backup.
            if (await call.Api.FindAsync(Routes.Job(listed.Text("name")!), call.Cancellation) is { } job)
            {
                all.Add(($"job-{job.Text("name")}.yaml", Definition(job)));
            }
        }

        return all;
    }

    private static JsonNode Definition(JsonNode answer) =>
        answer.Member("definition") ?? throw new CliException(ExitCode.Unreachable, $"The scheduler told no definition of {answer.Text("name")}; is it of another version?");
}
