namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>The next due times of a job.</summary>
/// <param name="Job">The job.</param>
/// <param name="TimeZone">Its time zone.</param>
/// <param name="Times">The due times, in UTC, earliest first.</param>
/// <param name="Note">Why there are none, or why they will not fire (disabled, say).</param>
public sealed record NextAnswer(string Job, string TimeZone, IReadOnlyList<DateTimeOffset> Times, string? Note = null);
