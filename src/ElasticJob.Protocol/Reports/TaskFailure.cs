namespace ElasticJob.Protocol.Reports;

/// <summary>What went wrong in an attempt.</summary>
public sealed record TaskFailure
{
    /// <summary>What kind of failure it was.</summary>
    public required FailureKind Kind { get; init; }

    /// <summary>One sentence for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Exit code of the process, if one ended with a code.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Signal that ended the process, such as <c>SIGKILL</c>.</summary>
    public string? Signal { get; init; }

    /// <summary>Full name of the exception type that user code threw.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The exception with its stack, cut at 8,000 characters.</summary>
    public string? Detail { get; init; }

    /// <summary>Status code of the answer to an HTTP job.</summary>
    public int? HttpStatus { get; init; }
}
