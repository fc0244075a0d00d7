using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>How long the event store keeps things. What belongs to an unfinished run is kept however old it is.</summary>
public sealed record EventRetention
{
    /// <summary>Events, runs, tasks, ledger and executions older than this are removed; 30 days by default, more than zero.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Of more events than this the oldest are removed; 5 million by default, more than zero. Runs and the ledger go by age alone.</summary>
    public long MaxEvents { get; init; } = 5_000_000;

    /// <summary>Other ages for the events of some kinds, each more than zero; a longer age than <see cref="MaxAge"/> counts as well.</summary>
    public IReadOnlyDictionary<EventKind, TimeSpan> MaxAgeByKind { get; init; } = new Dictionary<EventKind, TimeSpan>();

    /// <summary>Rows that one transaction removes from one table, so that writing never waits long; 2,000 by default, more than zero.</summary>
    public int BatchSize { get; init; } = 2_000;

    internal void Check()
    {
        if (MaxAge <= TimeSpan.Zero || MaxEvents <= 0 || BatchSize <= 0 || MaxAgeByKind.Values.Any(age => age <= TimeSpan.Zero))
        {
            throw new ArgumentException("Retention ages, the number of events and the batch size must be more than zero.");
        }
    }
}
