using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Definitions;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob apply -f FILE|DIR|-</c>.</summary>
internal static class ApplyCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Option<string[]>("--file", "-f")
        {
            Description = "A file, a folder (all *.yaml, *.yml and *.json in it), or - for the standard input; may be given several times.",
            HelpName = "FILE|DIR|-",
            Required = true,
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Shows what would change and stores nothing." };
        var apply = new Command("apply", "Stores apps and jobs: YAML or JSON, many documents, all or none. Shows a diff.") { files, dryRun };
        apply.Does(terminal, async call =>
        {
            string yaml = DefinitionFiles.Read(call.Get(files) ?? [], terminal);
            JsonNode? answer = await Applying.SendAsync(call, yaml, call.Get(dryRun));
            call.Show(answer, report => Applying.Write(report, answer));
            return ExitCode.Done;
        });
        return apply;
    }
}
