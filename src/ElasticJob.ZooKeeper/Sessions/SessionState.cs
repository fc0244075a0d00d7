namespace ElasticJob.ZooKeeper;

/// <summary>What a session is doing. It begins as <see cref="Connecting"/>, goes to and fro between the middle three, and ends in one of the last three.</summary>
public enum SessionState
{
    /// <summary>No server has accepted the session yet.</summary>
    Connecting,

    /// <summary>Attached to a server that belongs to the majority.</summary>
    Connected,

    /// <summary>Attached to a server without a majority: reads may be stale, writes are refused. Only if read-only is allowed.</summary>
    ReadOnly,

    /// <summary>
    /// Attached to no server. The session lives on at the servers until its timeout, so that others may already see its ephemeral nodes gone when this
    /// client comes to know it: stop whatever the session is proof for.
    /// </summary>
    Suspended,

    /// <summary>The servers have ended the session. Final.</summary>
    Expired,

    /// <summary>The server refused the credentials. Final.</summary>
    AuthFailed,

    /// <summary>The client was closed. Final.</summary>
    Closed,
}
