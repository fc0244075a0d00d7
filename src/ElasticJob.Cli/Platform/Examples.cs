using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Platform;

/// <summary>The built examples: a folder each, with the app's files and its <c>elasticjob.yaml</c>.</summary>
internal static class Examples
{
    /// <summary>Where they are beside the program.</summary>
    public static string Beside => Path.Combine(AppContext.BaseDirectory, "examples");

    /// <summary><c>ELASTICJOB_EXAMPLES</c> (a build sets it), else the folder beside the program; <see langword="null"/> if neither is there.</summary>
    public static string? Find(Terminal terminal)
    {
        string folder = terminal.Variable("ELASTICJOB_EXAMPLES") is { Length: > 0 } named ? named : Beside;
        return Directory.Exists(folder) && DefinitionsIn(folder).Length > 0 ? folder : null;
    }

    public static string[] DefinitionsIn(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Select(d => Path.Combine(d, "elasticjob.yaml")).Where(File.Exists).Order(StringComparer.Ordinal)];
}
