namespace ElasticJob.Cli;

/// <summary>Ends a command with a message for a person and an exit code; never shown as a stack trace.</summary>
internal sealed class CliException(int exitCode, string message, IReadOnlyList<string>? details = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Further lines, such as each fault of a definition with its path.</summary>
    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>The request was understood and refused.</summary>
    public static CliException Refused(string message, IReadOnlyList<string>? details = null) => new(Cli.ExitCode.Refused, message, details);

    /// <summary>The command line is wrong.</summary>
    public static CliException Usage(string message) => new(Cli.ExitCode.Usage, message);
}
