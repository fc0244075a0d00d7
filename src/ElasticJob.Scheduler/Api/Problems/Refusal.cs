using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Api.Problems;

/// <summary>Ends a request with a problem.</summary>
internal sealed class Refusal(int status, string code, string detail, IReadOnlyList<DocumentFault>? faults = null) : Exception(detail)
{
    public int Status => status;

    public string Code => code;

    public IReadOnlyList<DocumentFault>? Faults => faults;

    /// <summary>Whether the audit log has it already, because the scheduler's core refused it.</summary>
    public bool IsAudited { get; init; }

    /// <summary>When to try again, if it may help then.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Invalid(string detail) => new(422, ProblemCode.Invalid, detail);

    public static Refusal BadRequest(string detail) => new(400, ProblemCode.BadRequest, detail);

    public static Refusal NotFound(string detail) => new(404, ProblemCode.NotFound, detail);
}
