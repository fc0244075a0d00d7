namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>One change of the tree, as it stands in the servers' common log; null data deletes.</summary>
internal sealed record Change(string Path, byte[]? Data, bool Creates, long Owner);

/// <summary>What the leader has decided, in order, and when.</summary>
internal sealed record Transaction(long Zxid, TimeSpan At, IReadOnlyList<Change> Changes);
