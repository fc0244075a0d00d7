namespace ElasticJob.ZooKeeper;

/// <summary>What a watch has seen.</summary>
public enum WatchEventType
{
    /// <summary>The node was created.</summary>
    NodeCreated = 1,

    /// <summary>The node was deleted.</summary>
    NodeDeleted = 2,

    /// <summary>The data of the node was set.</summary>
    NodeDataChanged = 3,

    /// <summary>A child of the node was created or deleted.</summary>
    NodeChildrenChanged = 4,

    /// <summary>
    /// Persistent watches only: the session was attached anew. What happened in between was not told; read again whatever the watch is for.
    /// </summary>
    Reattached = 100,

    /// <summary>The watch was removed on request. Nothing follows.</summary>
    WatchRemoved = 101,

    /// <summary>The session has ended, and the watch with it. Nothing follows.</summary>
    SessionEnded = 102,
}
