namespace ElasticJob.ZooKeeper;

/// <summary>The data of a node, and what belongs to it.</summary>
/// <param name="Data">The bytes; empty for a node without data.</param>
/// <param name="Stat">The node's numbers at the same moment.</param>
public sealed record NodeData(byte[] Data, Stat Stat);
