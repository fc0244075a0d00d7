using ElasticJob.Events;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>The sinks of one scheduler, made from its settings.</summary>
internal sealed class EventSinks : IAsyncDisposable
{
    private readonly List<IEventStore> stores = [];
    private readonly List<IEventSink> sinks = [];

    /// <exception cref="ArgumentException">The settings of PostgreSQL make no sense; the message says what to mend.</exception>
    public EventSinks(EventOptions options, string dataDirectory, TimeProvider time)
    {
        if (options.Postgres is { } postgres)
        {
            stores.Add(new PostgresEventStore(postgres, time));
        }

        if (options.Sqlite ?? options.Postgres is null)
        {
            stores.Add(new SqliteEventStore(dataDirectory));
        }

        if (stores.Count == 0)
        {
            throw new ArgumentException("Events need a place to be kept: PostgreSQL, or the data folder (events.sqlite).");
        }

        sinks.AddRange(stores);
        sinks.AddRange(options.Further);
    }

    /// <summary>The stores, the one that answers questions first.</summary>
    public IReadOnlyList<IEventStore> Stores => stores;

    public IReadOnlyList<IEventSink> All => sinks;

    public void AddLog(ILoggerFactory loggers) => sinks.Add(new LogEventSink(loggers.CreateLogger<LogEventSink>()));

    public void Add(IEventSink sink) => sinks.Add(sink);

    public async ValueTask DisposeAsync()
    {
        foreach (IEventSink sink in sinks)
        {
            await sink.DisposeAsync().ConfigureAwait(false);
        }
    }
}
