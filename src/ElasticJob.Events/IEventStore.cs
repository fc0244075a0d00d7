namespace ElasticJob.Events;

/// <summary>A sink that can be asked and that forgets what is too old.</summary>
public interface IEventStore : IEventSink, IEventQueries, IEventReports
{
    /// <summary>
    /// Removes what <paramref name="retention"/> does not keep, in small transactions between which events are written. Call it every few minutes.
    /// </summary>
    /// <param name="retention">What to keep.</param>
    /// <param name="now">The time from which ages count.</param>
    /// <param name="cancellationToken">Ends it between two transactions.</param>
    /// <returns>How many rows were removed.</returns>
    ValueTask<long> RemoveOldAsync(EventRetention retention, DateTimeOffset now, CancellationToken cancellationToken);
}
