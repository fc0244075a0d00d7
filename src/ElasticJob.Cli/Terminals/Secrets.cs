namespace ElasticJob.Cli.Terminals;

/// <summary>Reads secrets: typed without being shown, or from a pipe. Never from the command line, which others can see.</summary>
internal static class Secrets
{
    public static string Read(Terminal terminal, string prompt)
    {
        string? secret = terminal.ReadSecret is { } read ? Ask(terminal, prompt, read) : terminal.In.ReadLine();
        return string.IsNullOrEmpty(secret) ? throw CliException.Usage($"{prompt.TrimEnd(' ', ':').ToLowerInvariant()}: nothing was given; type it, or hand it in on the standard input") : secret;
    }

    public static string Line(Terminal terminal, string prompt)
    {
        terminal.Error.Write(terminal.ReadSecret is null ? "" : prompt);
        return terminal.In.ReadLine()?.Trim() is { Length: > 0 } line
            ? line
            : throw CliException.Usage($"{prompt.TrimEnd(' ', ':').ToLowerInvariant()}: nothing was given");
    }

    private static string? Ask(Terminal terminal, string prompt, Func<string?> read)
    {
        terminal.Error.Write(prompt);
        string? secret = read();
        terminal.Error.WriteLine();
        return secret;
    }
}
