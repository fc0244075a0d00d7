namespace ElasticJob.Protocol.Schedules;

/// <summary>Due times of several schedules taken as one: their union, each instant once.</summary>
public static class ScheduleList
{
    /// <summary>The first due time of any schedule strictly after <paramref name="instant"/>; <see langword="null"/> if there is none.</summary>
    public static DateTimeOffset? NextAfter(this IReadOnlyList<Schedule> schedules, DateTimeOffset instant)
    {
        DateTimeOffset? next = null;
        for (int i = 0; i < schedules.Count; i++)
        {
            if (schedules[i].NextAfter(instant) is { } candidate && (next is null || candidate < next))
            {
                next = candidate;
            }
        }

        return next;
    }

    /// <summary>The due times in (<paramref name="after"/>, <paramref name="until"/>], in order, lazily.</summary>
    public static IEnumerable<DateTimeOffset> DueTimes(this IReadOnlyList<Schedule> schedules, DateTimeOffset after, DateTimeOffset until)
    {
        while (schedules.NextAfter(after) is { } due && due <= until)
        {
            yield return due;
            after = due;
        }
    }
}
