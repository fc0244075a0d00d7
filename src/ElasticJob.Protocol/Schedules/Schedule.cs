using System.Text.Json.Serialization;

namespace ElasticJob.Protocol.Schedules;

/// <summary>
/// One rule that yields due times. A schedule is a value: equal text means equal due times, on the scheduler and inside a
/// resident executor alike.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CronSchedule), "cron")]
[JsonDerivedType(typeof(IntervalSchedule), "every")]
public abstract record Schedule
{
    /// <summary>The first due time strictly after <paramref name="instant"/>, in UTC; <see langword="null"/> if there is none.</summary>
    /// <param name="instant">Any instant; its offset does not matter.</param>
    public abstract DateTimeOffset? NextAfter(DateTimeOffset instant);
}
