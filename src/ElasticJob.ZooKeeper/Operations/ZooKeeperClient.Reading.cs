using ElasticJob.ZooKeeper.Watches;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <content>Reading nodes. A read is answered by the server the session is attached to, which may be a little behind; <see cref="SyncAsync"/> first mends that.</content>
public sealed partial class ZooKeeperClient
{
    /// <summary>A node's numbers, or null if it does not exist. A watch is set in both cases.</summary>
    public Task<Stat?> ExistsAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default) => ReadAsync<Stat?>(
        OpCode.Exists,
        path,
        watch,
        static (ref reply) => Stat.Read(ref reply),
        static (watches, error, onServer, set) =>
        {
            if (error == ZooKeeperError.Ok)
            {
                watches.AddData(onServer, set);
            }
            else if (error == ZooKeeperError.NoNode)
            {
                watches.AddExist(onServer, set);
            }
        },
        noNodeIsDefault: true,
        cancellationToken);

    /// <summary>A node's data.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c> (and no watch is set), <c>NoAuth</c>.</exception>
    public Task<NodeData> GetDataAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default) => ReadAsync(
        OpCode.GetData,
        path,
        watch,
        static (ref reply) => new NodeData(reply.Buffer(), Stat.Read(ref reply)),
        static (watches, error, onServer, set) =>
        {
            if (error == ZooKeeperError.Ok)
            {
                watches.AddData(onServer, set);
            }
        },
        noNodeIsDefault: false,
        cancellationToken);

    /// <summary>The names of a node's children, and the node's numbers.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c> (and no watch is set), <c>NoAuth</c>.</exception>
    public Task<NodeChildren> GetChildrenAsync(string path, OneTimeWatch? watch = null, CancellationToken cancellationToken = default) => ReadAsync(
        OpCode.GetChildren2,
        path,
        watch,
        static (ref reply) => new NodeChildren(reply.Texts(), Stat.Read(ref reply)),
        static (watches, error, onServer, set) =>
        {
            if (error == ZooKeeperError.Ok)
            {
                watches.AddChildren(onServer, set);
            }
        },
        noNodeIsDefault: false,
        cancellationToken);

    /// <summary>A node's ACL. The servers show the hashes of a digest to those only who may read or administer the node.</summary>
    public Task<NodeAcl> GetAclAsync(string path, CancellationToken cancellationToken = default)
    {
        string onServer = paths.OnServer(path);
        return SendAsync(
            OpCode.GetAcl,
            path,
            isWrite: false,
            writer => writer.Text(onServer),
            static (ref reply) => new NodeAcl(Acl.Read(ref reply), Stat.Read(ref reply)),
            cancellationToken);
    }

    /// <summary>Waits until the server has caught up with the leader: a read that is sent after this sees all that was done before it.</summary>
    public Task SyncAsync(string path = "/", CancellationToken cancellationToken = default)
    {
        string onServer = paths.OnServer(path);
        return SendAsync(OpCode.Sync, path, isWrite: false, writer => writer.Text(onServer), static (ref reply) => true, cancellationToken);
    }

    /// <summary>Paths of the ephemeral nodes of this session that begin with <paramref name="prefix"/>. Servers from 3.6 on.</summary>
    public Task<IReadOnlyList<string>> GetEphemeralsAsync(string prefix = "/", CancellationToken cancellationToken = default)
    {
        string onServer = prefix == "/" && paths.Chroot.Length == 0 ? "/" : paths.OnServer(prefix);
        return SendAsync<IReadOnlyList<string>>(
            OpCode.GetEphemerals,
            prefix,
            isWrite: false,
            writer => writer.Text(onServer),
            (ref reply) => Array.ConvertAll(reply.Texts(), paths.FromServer),
            cancellationToken);
    }

    /// <summary>How many nodes there are below a node, at any depth. Servers from 3.6 on.</summary>
    public Task<int> GetAllChildrenNumberAsync(string path, CancellationToken cancellationToken = default)
    {
        string onServer = paths.OnServer(path);
        return SendAsync(
            OpCode.GetAllChildrenNumber, path, isWrite: false, writer => writer.Text(onServer), static (ref reply) => reply.Int(), cancellationToken);
    }

    private Task<T> ReadAsync<T>(
        OpCode op,
        string path,
        OneTimeWatch? watch,
        ReadReply<T> read,
        Action<WatchRegistry, ZooKeeperError, string, OneTimeWatch> set,
        bool noNodeIsDefault,
        CancellationToken cancellationToken)
    {
        string onServer = paths.OnServer(path);
        watch?.Use();
        return session.SendAsync(
            new Request<T>(
                op,
                path,
                isWrite: false,
                writer =>
                {
                    writer.Text(onServer);
                    writer.Bool(watch is not null);
                },
                read)
            {
                NoNodeIsDefault = noNodeIsDefault,
                Answered = watch is null ? null : (watches, error) => set(watches, error, onServer, watch),
            },
            cancellationToken);
    }
}
