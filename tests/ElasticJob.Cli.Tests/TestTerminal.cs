using ElasticJob.Cli.Commands;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Tests;

/// <summary>Runs the program as a shell does, with its own streams and environment.</summary>
internal sealed class TestTerminal
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public Dictionary<string, string> Variables { get; } = new() { ["HOME"] = "/nonexistent" };

    public string Input { get; init; } = "";

    public string WorkingDirectory { get; init; } = Path.GetTempPath();

    public string Out => output.ToString();

    public string Error => error.ToString();

    public Task<int> RunAsync(params string[] arguments) => ElasticJobCommand.RunAsync(arguments, new Terminal
    {
        In = new StringReader(Input),
        Out = output,
        Error = error,
        Variable = name => Variables.GetValueOrDefault(name),
        WorkingDirectory = WorkingDirectory,
    });
}
