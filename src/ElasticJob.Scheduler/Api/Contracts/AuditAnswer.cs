using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>An entry of the audit log.</summary>
/// <param name="Sequence">Its position in the stream of events; entries come in this order.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who: a user, <c>USER via token NAME</c>, <c>token NAME</c>, or <c>local</c> for the token of the scheduler's machine.</param>
/// <param name="Remote">From which address.</param>
/// <param name="Operation">What was asked, by its name in the OpenAPI document.</param>
/// <param name="Subject">Of what.</param>
/// <param name="Outcome"><c>done</c> or <c>refused</c>.</param>
/// <param name="Message">Why it was refused, or more about it.</param>
/// <param name="Changes">What it changed, field by field; never a secret.</param>
/// <param name="Unlisted">How many further changes are not listed, because they are too many.</param>
public sealed record AuditAnswer(
    long Sequence,
    DateTimeOffset At,
    string Actor,
    string? Remote,
    string Operation,
    string? Subject,
    string Outcome,
    string? Message,
    IReadOnlyList<AuditChange> Changes,
    int Unlisted);
