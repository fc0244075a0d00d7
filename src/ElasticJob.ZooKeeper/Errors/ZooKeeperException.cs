namespace ElasticJob.ZooKeeper;

/// <summary>ZooKeeper refused an operation, or could not do it. <see cref="Error"/> says which way.</summary>
public class ZooKeeperException : Exception
{
    /// <summary>With a code, the path it is about, and a sentence.</summary>
    public ZooKeeperException(ZooKeeperError error, string message, string? path = null, Exception? inner = null)
        : base(message, inner) => (Error, Path) = (error, path);

    /// <summary>The code.</summary>
    public ZooKeeperError Error { get; }

    /// <summary>The path as the caller gave it, without the chroot.</summary>
    public string? Path { get; }

    internal static ZooKeeperException For(ZooKeeperError error, string? path) => error switch
    {
        ZooKeeperError.SessionExpired => new ZooKeeperSessionExpiredException(),
        ZooKeeperError.ConnectionLoss => new ZooKeeperConnectionLostException("The server lost the connection of this request.", outcomeUnknown: true, path),
        ZooKeeperError.RequestTimeout or ZooKeeperError.OperationTimeout =>
            new ZooKeeperConnectionLostException($"The server did not complete the request in time ({error}).", outcomeUnknown: true, path),
        _ => new ZooKeeperException(error, Describe(error, path), path),
    };

    internal static string Describe(ZooKeeperError error, string? path)
    {
        string node = path ?? "the node";
        return error switch
        {
            ZooKeeperError.NoNode => $"{node} does not exist, or its parent (or the chroot) does not.",
            ZooKeeperError.NoAuth => $"The ACL of {node} does not allow this; authenticate with the right credentials.",
            ZooKeeperError.BadVersion => $"{node} has another version than the expected one.",
            ZooKeeperError.NodeExists => $"{node} exists already.",
            ZooKeeperError.NotEmpty => $"{node} has children.",
            ZooKeeperError.NoChildrenForEphemerals => $"The parent of {node} is ephemeral and cannot have children.",
            ZooKeeperError.InvalidAcl => $"The ACL given for {node} is not valid; the scheme auth needs an authenticated session.",
            ZooKeeperError.NotReadOnly => "The server is read-only, cut off from the majority, and takes no writes.",
            ZooKeeperError.Unimplemented => $"The server does not know the operation on {node}: it is too old, or the feature is off (TTL nodes need extendedTypesEnabled=true).",
            ZooKeeperError.AuthFailed => "The server refused the credentials.",
            ZooKeeperError.Closing => "The client is closed.",
            ZooKeeperError.NoWatcher => $"There is no such watch on {node}.",
            _ => $"ZooKeeper answered {error} ({(int)error}) for {node}.",
        };
    }
}
