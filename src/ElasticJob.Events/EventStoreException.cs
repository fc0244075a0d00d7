namespace ElasticJob.Events;

/// <summary>The event store failed; nothing of the batch was stored.</summary>
public class EventStoreException : Exception
{
    /// <summary>With a message that says what failed and what to do.</summary>
    public EventStoreException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>Events are missing between what is stored and what arrived; nothing of the batch was stored.</summary>
public sealed class EventGapException(long expected, long actual)
    : EventStoreException($"The event stream has a gap: event {expected} was expected and event {actual} arrived. Write the events from {expected} on first.")
{
    /// <summary>The sequence that should have come.</summary>
    public long Expected { get; } = expected;

    /// <summary>The sequence that came.</summary>
    public long Actual { get; } = actual;
}
