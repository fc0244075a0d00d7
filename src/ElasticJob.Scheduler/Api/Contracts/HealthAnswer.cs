namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>Answer of <c>/healthz/*</c>.</summary>
/// <param name="Status"><c>ok</c> or <c>unavailable</c>.</param>
/// <param name="Detail">Why not.</param>
public sealed record HealthAnswer(string Status, string? Detail = null);
