namespace ElasticJob.ZooKeeper;

/// <summary>A transaction failed; none of its operations was done.</summary>
public sealed class ZooKeeperMultiException(ZooKeeperError error, string message, string? path, int failedIndex, IReadOnlyList<OperationResult> results)
    : ZooKeeperException(error, message, path)
{
    /// <summary>Index of the operation that failed.</summary>
    public int FailedIndex { get; } = failedIndex;

    /// <summary>For each operation its code: those before the failed one <c>Ok</c>, those after it <c>RuntimeInconsistency</c>.</summary>
    public IReadOnlyList<OperationResult> Results { get; } = results;
}
