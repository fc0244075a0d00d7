using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>How long the event store keeps things. What belongs to an unfinished run is kept however old it is.</summary>
public sealed record EventRetention
{
    /// <summary>Events, runs, tasks, ledger and executions older than this are removed; 30 days by default, more than zero.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Of more events than this the oldest are removed; 5 million by default, more than zero.</summary>
    public long MaxEvents { get; init; } = 5_000_000;

    /// <summary>
    /// Of more finished runs than this the oldest are removed with their tasks, shards and ledger rows, and so are the other rows of the ledger and the
    /// executions; 5 million of each by default, more than zero. Of those that ended in the same millisecond all go.
    /// </summary>
    public long MaxRuns { get; init; } = 5_000_000;

    /// <summary>Other ages for the events of some kinds, each more than zero; a longer age than <see cref="MaxAge"/> counts as well.</summary>
    public IReadOnlyDictionary<EventKind, TimeSpan> MaxAgeByKind { get; init; } = new Dictionary<EventKind, TimeSpan>();

    /// <summary>Of more events of a kind than this the oldest of that kind are removed, each more than zero; no such limit by default.</summary>
    public IReadOnlyDictionary<EventKind, long> MaxRowsByKind { get; init; } = new Dictionary<EventKind, long>();

    /// <summary>Entries of the audit log older than this are removed; 365 days by default, more than zero.</summary>
    public TimeSpan MaxAuditAge { get; init; } = TimeSpan.FromDays(365);

    /// <summary>Of more entries of the audit log than this the oldest are removed; 1 million by default, more than zero.</summary>
    public long MaxAuditEntries { get; init; } = 1_000_000;

    /// <summary>Rows (or runs with all that belongs to them) that one transaction removes, so that writing never waits long; 500 by default, more than zero.</summary>
    public int BatchSize { get; init; } = 500;

    internal void Check()
    {
        if (MaxAge <= TimeSpan.Zero || MaxEvents <= 0 || MaxRuns <= 0 || MaxAuditAge <= TimeSpan.Zero || MaxAuditEntries <= 0 || BatchSize <= 0 || MaxAgeByKind.Values.Any(age => age <= TimeSpan.Zero)
            || MaxRowsByKind.Values.Any(rows => rows <= 0))
        {
            throw new ArgumentException("Retention ages, numbers of rows and the batch size must be more than zero.");
        }
    }
}
