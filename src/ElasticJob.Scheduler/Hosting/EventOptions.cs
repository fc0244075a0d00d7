using ElasticJob.Events;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>
/// Where events go. There may be several places at once: an event is kept in the state store until each of them has it. The history that the API
/// shows comes from PostgreSQL when that is set, otherwise from the data folder.
/// </summary>
public sealed record EventOptions
{
    /// <summary>PostgreSQL; absent by default.</summary>
    public PostgresEventStoreOptions? Postgres { get; init; }

    /// <summary>Whether the data folder keeps them (SQLite); by default only when there is no PostgreSQL.</summary>
    public bool? Sqlite { get; init; }

    /// <summary>Whether each is a line in the scheduler's log; no by default.</summary>
    public bool Log { get; init; }

    /// <summary>How long the stores keep them.</summary>
    public EventRetention Retention { get; init; } = new();

    /// <summary>Sinks of your own; none by default. The scheduler opens them, and disposes of them when it ends.</summary>
    public IReadOnlyList<IEventSink> Further { get; init; } = [];
}
