namespace ElasticJob.ZooKeeper;

/// <summary>ZooKeeper's error codes, with their numbers on the wire.</summary>
public enum ZooKeeperError
{
    /// <summary>No error.</summary>
    Ok = 0,

    /// <summary>The server failed.</summary>
    SystemError = -1,

    /// <summary>In a failed transaction: this operation came after the one that failed.</summary>
    RuntimeInconsistency = -2,

    /// <summary>The server found its data inconsistent.</summary>
    DataInconsistency = -3,

    /// <summary>The connection was lost.</summary>
    ConnectionLoss = -4,

    /// <summary>A request or an answer could not be encoded: it is too large, as a rule.</summary>
    MarshallingError = -5,

    /// <summary>The server does not know the operation (it is too old, or the feature is off: TTL nodes need extendedTypesEnabled).</summary>
    Unimplemented = -6,

    /// <summary>The operation took too long.</summary>
    OperationTimeout = -7,

    /// <summary>An argument is not valid.</summary>
    BadArguments = -8,

    /// <summary>The server does not know the session.</summary>
    UnknownSession = -12,

    /// <summary>A new configuration has no quorum.</summary>
    NewConfigNoQuorum = -13,

    /// <summary>A reconfiguration is under way.</summary>
    ReconfigInProgress = -14,

    /// <summary>The request is not valid here.</summary>
    ApiError = -100,

    /// <summary>The node does not exist.</summary>
    NoNode = -101,

    /// <summary>The ACL does not let this session do it.</summary>
    NoAuth = -102,

    /// <summary>The version is not the expected one.</summary>
    BadVersion = -103,

    /// <summary>An ephemeral node cannot have children.</summary>
    NoChildrenForEphemerals = -108,

    /// <summary>The node exists already.</summary>
    NodeExists = -110,

    /// <summary>The node has children.</summary>
    NotEmpty = -111,

    /// <summary>The session has expired; its ephemeral nodes are gone.</summary>
    SessionExpired = -112,

    /// <summary>The callback is not valid.</summary>
    InvalidCallback = -113,

    /// <summary>The ACL is not valid.</summary>
    InvalidAcl = -114,

    /// <summary>The server refused the credentials.</summary>
    AuthFailed = -115,

    /// <summary>The client was closed.</summary>
    Closing = -116,

    /// <summary>The session has moved to another server, and this request came over the old connection.</summary>
    SessionMoved = -118,

    /// <summary>A write was sent to a read-only server.</summary>
    NotReadOnly = -119,

    /// <summary>A local session cannot have ephemeral nodes.</summary>
    EphemeralOnLocalSession = -120,

    /// <summary>There is no such watch.</summary>
    NoWatcher = -121,

    /// <summary>The server did not complete the request in time.</summary>
    RequestTimeout = -122,

    /// <summary>Reconfiguration is switched off.</summary>
    ReconfigDisabled = -123,

    /// <summary>The server demands SASL authentication.</summary>
    SessionClosedRequireAuth = -124,

    /// <summary>The quota of the subtree is used up.</summary>
    QuotaExceeded = -125,

    /// <summary>The server is overloaded and threw the request away unexecuted.</summary>
    ThrottledOperation = -127,
}
