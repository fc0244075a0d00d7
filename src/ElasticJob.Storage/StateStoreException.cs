namespace ElasticJob.Storage;

/// <summary>The state store failed.</summary>
public class StateStoreException : Exception
{
    /// <summary>With a message that says what failed and what to do.</summary>
    public StateStoreException(string message, Exception? inner = null, bool outcomeUnknown = false)
        : base(message, inner) => OutcomeUnknown = outcomeUnknown;

    /// <summary>Whether the batch may have been written all the same.</summary>
    public bool OutcomeUnknown { get; }
}

/// <summary>Another writer has opened the store since; this one must stop acting.</summary>
public sealed class FencedException(long epoch)
    : StateStoreException($"Another scheduler has taken over the state store; epoch {epoch} may write no more.")
{
    /// <summary>The epoch that was refused.</summary>
    public long Epoch { get; } = epoch;
}
