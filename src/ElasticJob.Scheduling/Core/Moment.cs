namespace ElasticJob.Scheduling.Core;

/// <summary>What time it is, as an input: the wall clock, which may step, and the time since some start, which only grows.</summary>
/// <param name="Wall">For due times and records.</param>
/// <param name="Elapsed">For durations: timeouts, backoff, grace periods.</param>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Elapsed);
