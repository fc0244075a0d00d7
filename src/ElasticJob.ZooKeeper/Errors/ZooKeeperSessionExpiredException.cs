namespace ElasticJob.ZooKeeper;

/// <summary>The session has expired: its ephemeral nodes and watches are gone, and this client is done. Connect a new one.</summary>
public sealed class ZooKeeperSessionExpiredException()
    : ZooKeeperException(ZooKeeperError.SessionExpired, "The ZooKeeper session has expired; its ephemeral nodes are gone. Connect a new client.");
