using System.CommandLine;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Commands;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    public static readonly Option<OutputFormat> Output = new("--output", "-o")
    {
        Description = "How results are written: table, json or yaml.",
        Recursive = true,
        HelpName = "table|json|yaml",
        DefaultValueFactory = _ => OutputFormat.Table,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            switch (text.ToLowerInvariant())
            {
                case "table":
                    return OutputFormat.Table;
                case "json":
                    return OutputFormat.Json;
                case "yaml":
                    return OutputFormat.Yaml;
                default:
                    result.AddError($"-o: '{text}' is not a format; use table, json or yaml");
                    return OutputFormat.Table;
            }
        },
    };

    public static readonly Option<string> Server = new("--server")
    {
        Description = "Address of the scheduler; else ELASTICJOB_SERVER, else http://127.0.0.1:8899.",
        Recursive = true,
        HelpName = "URL",
    };

    public static readonly Option<string> Data = new("--data")
    {
        Description = "Data folder of the platform on this machine; else $XDG_DATA_HOME/elasticjob or ~/.local/share/elasticjob.",
        Recursive = true,
        HelpName = "DIR",
    };
}
