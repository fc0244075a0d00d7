using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>An entry of the audit log.</summary>
/// <param name="Sequence">Its position in the stream of events.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Who.</param>
/// <param name="Message">Why it was refused, or more about it.</param>
/// <param name="Entry">From where, what, and what it changed.</param>
public sealed record AuditView(long Sequence, DateTimeOffset At, string Actor, string? Message, AuditEntry Entry);
