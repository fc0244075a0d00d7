using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <content>Changing nodes.</content>
public sealed partial class ZooKeeperClient
{
    /// <summary>Creates a node.</summary>
    /// <param name="path">Where; a sequential mode appends a number to it.</param>
    /// <param name="data">Its data; up to about 1 MB.</param>
    /// <param name="mode">What kind of node.</param>
    /// <param name="acl">Who may do what; null for the default of the options.</param>
    /// <param name="timeToLive">For the modes with TTL: after how long without a change it goes.</param>
    /// <param name="cancellationToken">Gives up waiting; a request that was sent is done nevertheless.</param>
    /// <exception cref="ZooKeeperException"><c>NodeExists</c>, <c>NoNode</c> (no parent), <c>NoChildrenForEphemerals</c>, <c>NoAuth</c>, <c>InvalidAcl</c>.</exception>
    public Task<CreatedNode> CreateAsync(
        string path,
        ReadOnlyMemory<byte> data = default,
        CreateMode mode = CreateMode.Persistent,
        IReadOnlyList<Acl>? acl = null,
        TimeSpan timeToLive = default,
        CancellationToken cancellationToken = default)
    {
        Operation create = Operation.Create(path, data, mode, acl, timeToLive);
        string onServer = paths.OnServer(path, create.IsSequential);
        return SendAsync(
            create.Op,
            path,
            isWrite: true,
            writer => create.Write(writer, onServer, options.DefaultAcl),
            (ref reply) => new CreatedNode(paths.FromServer(reply.Text()), Stat.Read(ref reply)),
            cancellationToken);
    }

    /// <summary>Deletes a node without children.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c>, <c>BadVersion</c>, <c>NotEmpty</c>, <c>NoAuth</c>.</exception>
    public Task DeleteAsync(string path, int version = Operation.AnyVersion, CancellationToken cancellationToken = default) =>
        ChangeAsync(Operation.Delete(path, version), static (ref reply) => true, cancellationToken);

    /// <summary>Sets a node's data.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c>, <c>BadVersion</c>, <c>NoAuth</c>.</exception>
    public Task<Stat> SetDataAsync(string path, ReadOnlyMemory<byte> data, int version = Operation.AnyVersion, CancellationToken cancellationToken = default) =>
        ChangeAsync(Operation.SetData(path, data, version), static (ref reply) => Stat.Read(ref reply), cancellationToken);

    /// <summary>Replaces a node's ACL; <paramref name="version"/> is that of the ACL.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c>, <c>BadVersion</c>, <c>InvalidAcl</c>, <c>NoAuth</c>.</exception>
    public Task<Stat> SetAclAsync(string path, IReadOnlyList<Acl> acl, int version = Operation.AnyVersion, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(acl);
        string onServer = paths.OnServer(path);
        return SendAsync(
            OpCode.SetAcl,
            path,
            isWrite: true,
            writer =>
            {
                writer.Text(onServer);
                Acl.Write(writer, acl);
                writer.Int(version);
            },
            static (ref reply) => Stat.Read(ref reply),
            cancellationToken);
    }

    /// <summary>
    /// Makes sure that a node and all above it exist, the chroot too. Nodes that are missing are created empty; concurrent callers do no harm.
    /// </summary>
    public async Task EnsurePathAsync(string path = "/", IReadOnlyList<Acl>? acl = null, CancellationToken cancellationToken = default)
    {
        string whole = paths.OnServer(path);
        if (whole == "/" || await ExistsAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false) is not null)
        {
            return;
        }

        for (int slash = whole.IndexOf('/', 1); ; slash = whole.IndexOf('/', slash + 1))
        {
            string part = slash < 0 ? whole : whole[..slash];
            Operation create = Operation.Create(part, acl: acl);
            try
            {
                await SendAsync(
                    create.Op, part, isWrite: true, writer => create.Write(writer, part, options.DefaultAcl), static (ref reply) => true, cancellationToken).ConfigureAwait(false);
            }
            catch (ZooKeeperException exists) when (exists.Error == ZooKeeperError.NodeExists || (exists.Error == ZooKeeperError.NoAuth && slash >= 0))
            {
                // Where this session may not create (it exists, as a rule), the next one tells.
            }

            if (slash < 0)
            {
                return;
            }
        }
    }

    private Task<T> ChangeAsync<T>(Operation operation, ReadReply<T> read, CancellationToken cancellationToken)
    {
        string onServer = paths.OnServer(operation.Path);
        return SendAsync(operation.Op, operation.Path, isWrite: true, writer => operation.Write(writer, onServer, options.DefaultAcl), read, cancellationToken);
    }
}
