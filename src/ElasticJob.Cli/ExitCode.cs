namespace ElasticJob.Cli;

/// <summary>What the program answers to the shell; stable.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused, failed, or not found: trying the same again does not help.</summary>
    public const int Refused = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The scheduler does not answer, or is not ready.</summary>
    public const int Unreachable = 3;
}
