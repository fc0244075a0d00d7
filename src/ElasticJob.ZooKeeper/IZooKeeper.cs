namespace ElasticJob.ZooKeeper;

/// <summary>
/// What recipes and stores need of a session: <see cref="ZooKeeperClient"/> over the network, or a model of the servers in a test. The members mean what
/// they mean there, unknown outcomes and expired sessions included.
/// </summary>
public interface IZooKeeper : IAsyncDisposable
{
    /// <inheritdoc cref="ZooKeeperClient.State"/>
    SessionState State { get; }

    /// <inheritdoc cref="ZooKeeperClient.SessionTimeout"/>
    TimeSpan SessionTimeout { get; }

    /// <inheritdoc cref="ZooKeeperClient.CreateAsync"/>
    Task<CreatedNode> CreateAsync(
        string path,
        ReadOnlyMemory<byte> data = default,
        CreateMode mode = CreateMode.Persistent,
        IReadOnlyList<Acl>? acl = null,
        TimeSpan timeToLive = default,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.DeleteAsync"/>
    Task DeleteAsync(string path, int version = Operation.AnyVersion, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.SetDataAsync"/>
    Task<Stat> SetDataAsync(string path, ReadOnlyMemory<byte> data, int version = Operation.AnyVersion, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.EnsurePathAsync"/>
    Task EnsurePathAsync(string path = "/", IReadOnlyList<Acl>? acl = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.ExistsAsync"/>
    Task<Stat?> ExistsAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.GetDataAsync"/>
    Task<NodeData> GetDataAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.GetChildrenAsync"/>
    Task<NodeChildren> GetChildrenAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.SyncAsync"/>
    Task SyncAsync(string path = "/", CancellationToken cancellationToken = default);

    /// <inheritdoc cref="ZooKeeperClient.MultiAsync"/>
    Task<IReadOnlyList<OperationResult>> MultiAsync(IReadOnlyList<Operation> operations, CancellationToken cancellationToken = default);
}
