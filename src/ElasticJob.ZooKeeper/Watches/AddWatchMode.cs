namespace ElasticJob.ZooKeeper;

/// <summary>What a persistent watch covers.</summary>
public enum AddWatchMode
{
    /// <summary>The node: its data, its existence and its list of children.</summary>
    Persistent = 0,

    /// <summary>The node and everything below it: data and existence. Changed lists of children are not told, since created and deleted children are.</summary>
    PersistentRecursive = 1,
}
