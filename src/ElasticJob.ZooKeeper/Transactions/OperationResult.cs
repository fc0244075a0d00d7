namespace ElasticJob.ZooKeeper;

/// <summary>The outcome of one operation of a transaction or of a bundle of reads.</summary>
/// <param name="Kind">What was asked for.</param>
/// <param name="Error">How it went. In a bundle of reads each may fail by itself.</param>
/// <param name="Path">The node; for a create the path with the number of a sequential node.</param>
/// <param name="Stat">The node's numbers after a create, a change or a read of its data; otherwise null.</param>
/// <param name="Data">The data read; otherwise null.</param>
/// <param name="Children">The names read; otherwise null.</param>
public sealed record OperationResult(OperationKind Kind, ZooKeeperError Error, string Path, Stat? Stat = null, byte[]? Data = null, IReadOnlyList<string>? Children = null);
