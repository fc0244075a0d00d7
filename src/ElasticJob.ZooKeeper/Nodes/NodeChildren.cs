namespace ElasticJob.ZooKeeper;

/// <summary>The children of a node.</summary>
/// <param name="Names">Names of the children (not paths), in no particular order.</param>
/// <param name="Stat">The node's numbers at the same moment.</param>
public sealed record NodeChildren(IReadOnlyList<string> Names, Stat Stat);
