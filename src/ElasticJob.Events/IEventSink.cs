using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>
/// Where events go. Events arrive in order of <see cref="SchedulerEvent.Sequence"/>, each batch at least once: a sink must make repetition harmless.
/// </summary>
public interface IEventSink : IAsyncDisposable
{
    /// <summary>Name for logs and metrics, such as <c>sqlite</c>.</summary>
    string Name { get; }

    /// <summary>Prepares the sink (schema included).</summary>
    /// <returns>The sequence up to which it has everything; 0 when it is empty.</returns>
    ValueTask<long> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Stores events durably; when it returns they may be forgotten elsewhere.</summary>
    ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken);
}
