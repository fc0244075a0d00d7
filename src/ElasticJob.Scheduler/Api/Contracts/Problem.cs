namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>A refusal, as <c>application/problem+json</c> (RFC 9457).</summary>
public sealed record Problem
{
    /// <summary>Address of the explanation: <c>/problems/CODE</c>.</summary>
    public string? Type { get; init; }

    /// <summary>What kind of refusal it is.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>The stable code, one of <see cref="ProblemCode"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What was wrong here, and the mend.</summary>
    public string? Detail { get; init; }

    /// <summary>Each fault of the definitions that were refused.</summary>
    public IReadOnlyList<DocumentFault>? Faults { get; init; }

    /// <summary>For <see cref="ProblemCode.Unavailable"/>: name of the scheduler that leads, if one does.</summary>
    public string? Leader { get; init; }
}

/// <summary>One fault of a definition that was handed in.</summary>
/// <param name="Document">Which document of the request, from 1.</param>
/// <param name="Kind"><c>App</c> or <c>Job</c>, if it says so.</param>
/// <param name="Name">Its name, if it has one.</param>
/// <param name="Path">Where in the document, such as <c>policy.retry.backoff</c>; empty for the whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record DocumentFault(int Document, string? Kind, string? Name, string Path, string Message);
