using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.State;

/// <summary>Reads events back from durable records, for a scheduler that takes over before the sinks had them.</summary>
public static class EventOutbox
{
    /// <summary>The events among <paramref name="records"/>, in order of their sequence.</summary>
    public static IReadOnlyList<SchedulerEvent> Read(IEnumerable<Mutation> records) =>
        [.. records
            .Where(r => r.Value is not null && r.Key.StartsWith(StateKeys.Outbox, StringComparison.Ordinal))
            .OrderBy(r => r.Key, StringComparer.Ordinal)
            .SelectMany(r => StateJson.Read(r.Key, r.Value!, StateJson.Default.SchedulerEventArray))];
}
