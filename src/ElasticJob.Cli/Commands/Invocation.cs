using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary>One command as it runs: what was typed, the terminal, and the scheduler it talks to.</summary>
internal sealed class Invocation(ParseResult arguments, Terminal terminal, CancellationToken cancellation) : IDisposable
{
    private ApiClient? api;

    public ParseResult Arguments { get; } = arguments;

    public Terminal Terminal { get; } = terminal;

    public CancellationToken Cancellation { get; } = cancellation;

    public OutputFormat Format => Arguments.GetValue(GlobalOptions.Output);

    public DataFolder Data => DataFolder.Of(Arguments.GetValue(GlobalOptions.Data), Terminal);

    public ApiClient Api => api ??= new ApiClient(ServerAddress.Of(Arguments.GetValue(GlobalOptions.Server), Data, Terminal));

    public T? Get<T>(Option<T> option) => Arguments.GetValue(option);

    public T Get<T>(Argument<T> argument) => Arguments.GetValue(argument)!;

    /// <summary>Writes a result: the value itself as JSON or YAML, or whatever <paramref name="table"/> makes of it.</summary>
    public void Show(JsonNode? value, Action<Report> table)
    {
        switch (Format)
        {
            case OutputFormat.Json:
                Terminal.Out.WriteLine(value?.ToJsonString(Json.Indented) ?? "null");
                break;
            case OutputFormat.Yaml:
                Terminal.Out.Write(YamlText.Write(value));
                break;
            default:
                table(new Report(Terminal));
                break;
        }
    }

    /// <summary>One line of success; nothing but the value where a program reads.</summary>
    public void Confirm(JsonNode? value, string line) => Show(value, report => report.Line(line));

    public void Dispose() => api?.Dispose();
}
