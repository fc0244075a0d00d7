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

/// <summary>
/// This writer may write no more: another one has opened the store since, or the session that its writes were made under is over, so that another one may.
/// It must stop acting.
/// </summary>
public sealed class FencedException : StateStoreException
{
    /// <summary>Another writer has opened the store.</summary>
    public FencedException(long epoch)
        : this(epoch, $"Another scheduler has taken over the state store; epoch {epoch} may write no more.")
    {
    }

    /// <summary>With the reason, and whether the last batch may have been written all the same.</summary>
    public FencedException(long epoch, string message, Exception? inner = null, bool outcomeUnknown = false)
        : base(message, inner, outcomeUnknown) => Epoch = epoch;

    /// <summary>The epoch that was refused.</summary>
    public long Epoch { get; }
}
