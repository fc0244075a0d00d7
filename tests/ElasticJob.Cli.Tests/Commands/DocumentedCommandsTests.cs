using System.CommandLine;
using ElasticJob.Cli.Commands;
using ElasticJob.Cli.Terminals;
using ElasticJob.Files;

namespace ElasticJob.Cli.Tests.Commands;

/// <summary>The API does whatever the command line does: docs/api.md says of each command by which address.</summary>
public sealed class DocumentedCommandsTests
{
    private static readonly string[] WithoutAddress = ["up", "scheduler", "local-cluster", "executor", "doctor"];

    [Fact]
    public void EveryCommand_HasItsAddressInTheApiGuide()
    {
        string guide = File.ReadAllText(Path.Combine(Repository.Root(), "docs/api.md"));
        string[] rows = [.. guide.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|')[1])];
        string[] commands = [.. Leaves(ElasticJobCommand.Create(new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Variable = static _ => null, WorkingDirectory = "/" }), "")];
        commands.Length.ShouldBeGreaterThan(35);
        commands.Except(WithoutAddress).Where(c => !rows.Any(r => r.Contains($"`{c}`", StringComparison.Ordinal))).ShouldBeEmpty("docs/api.md, \"Commands and addresses\"");
        WithoutAddress.ShouldBeSubsetOf(commands);
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(c => Leaves(c, path.Length == 0 ? c.Name : $"{path} {c.Name}"));
}
