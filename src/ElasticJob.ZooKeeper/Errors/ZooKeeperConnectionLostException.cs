namespace ElasticJob.ZooKeeper;

/// <summary>
/// The connection was lost before the answer came. The client never repeats a request by itself, since only the caller knows whether a repetition
/// does harm.
/// </summary>
public sealed class ZooKeeperConnectionLostException(string message, bool outcomeUnknown, string? path = null, Exception? inner = null)
    : ZooKeeperException(ZooKeeperError.ConnectionLoss, message, path, inner)
{
    /// <summary>Whether a write had been sent, so that it may have been done. If false, nothing was changed by this request.</summary>
    public bool OutcomeUnknown { get; } = outcomeUnknown;
}
