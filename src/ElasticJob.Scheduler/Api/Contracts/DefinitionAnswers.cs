namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>What is wrong with definitions; nothing was stored.</summary>
/// <param name="Valid">Whether they could be stored as things are.</param>
/// <param name="Faults">Each fault, with its place and the mend; empty when there is none.</param>
public sealed record ValidationAnswer(bool Valid, IReadOnlyList<DocumentFault> Faults);

/// <summary>The next due times of schedules that belong to no job yet.</summary>
/// <param name="TimeZone">Time zone of the cron expressions.</param>
/// <param name="Times">The due times, in UTC, earliest first.</param>
public sealed record ScheduleAnswer(string TimeZone, IReadOnlyList<DateTimeOffset> Times);
