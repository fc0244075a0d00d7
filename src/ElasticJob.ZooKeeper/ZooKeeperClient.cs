using ElasticJob.ZooKeeper.Sessions;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <summary>
/// A ZooKeeper session. It attaches itself to another server when it loses one, as long as the servers keep it; when it has expired, the client is done
/// and a new one must be connected. All members may be used from many threads at once; requests are sent in the order of the calls, and an answer never
/// overtakes the watch event that belongs to it.
/// </summary>
/// <remarks>
/// Errors: <see cref="ZooKeeperException"/> with a code; <see cref="ZooKeeperConnectionLostException"/> when no answer came, which tells whether a
/// write may have been done; <see cref="ZooKeeperSessionExpiredException"/>. Paths begin with / and are below the chroot.
/// Bytes that are handed over must stay unchanged until the task has completed.
/// </remarks>
public sealed partial class ZooKeeperClient : IZooKeeper
{
    private readonly ZooKeeperOptions options;
    private readonly NodePath paths;
    private readonly Session session;

    private ZooKeeperClient(ZooKeeperOptions options)
    {
        this.options = options;
        paths = new NodePath(options.ConnectString.Chroot);
        session = new Session(options, paths);
    }

    /// <summary>The session's id; 0 before the first connection.</summary>
    public long SessionId => session.Key?.Id ?? 0;

    /// <summary>The timeout that the server granted.</summary>
    public TimeSpan SessionTimeout => session.Timeout;

    /// <summary>What the session is doing.</summary>
    public SessionState State => session.State;

    /// <summary>The server it is attached to; null if to none.</summary>
    public ServerAddress? Server => session.Server;

    /// <summary>The last transaction that an answer told of.</summary>
    public long LastZxid => session.LastZxid;

    /// <summary>The servers and the chroot it was connected with.</summary>
    public ConnectString ConnectString => options.ConnectString;

    /// <summary>The path under which all paths of this client are; empty for none.</summary>
    public string Chroot => paths.Chroot;

    /// <summary>Opens a session.</summary>
    /// <exception cref="ZooKeeperConnectionLostException">No server took it in time; the message holds the last attempt's reason.</exception>
    /// <exception cref="ZooKeeperException">The server refused the credentials.</exception>
    public static async Task<ZooKeeperClient> ConnectAsync(ZooKeeperOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var client = new ZooKeeperClient(options);
        try
        {
            await client.session.StartAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The changes of the session's state from now on.</summary>
    public SessionSubscription SubscribeToSession() => session.Subscribe();

    /// <summary>
    /// Adds credentials to the session, now and at every later server. <c>digest</c> takes any password: a wrong one shows when an ACL refuses.
    /// </summary>
    /// <exception cref="ZooKeeperException"><see cref="ZooKeeperError.AuthFailed"/>: the server does not know the scheme or refuses; the session is over.</exception>
    public Task AuthenticateAsync(Authentication credentials, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return session.SendAsync(
            new Request<bool>(OpCode.Auth, null, isWrite: false, credentials.Write, static (ref reply) => true)
            {
                Answered = (_, error) =>
                {
                    if (error == ZooKeeperError.Ok)
                    {
                        session.Remember(credentials);
                    }
                },
            },
            cancellationToken);
    }

    /// <summary>As whom the server knows this session. Servers from 3.7 on.</summary>
    public Task<IReadOnlyList<ClientIdentity>> WhoAmIAsync(CancellationToken cancellationToken) => session.SendAsync(
        new Request<IReadOnlyList<ClientIdentity>>(OpCode.WhoAmI, null, isWrite: false, static _ => { }, static (ref reply) =>
        {
            var identities = new ClientIdentity[reply.Count()];
            for (int i = 0; i < identities.Length; i++)
            {
                identities[i] = new ClientIdentity(reply.Text(), reply.Text());
            }

            return identities;
        }),
        cancellationToken);

    /// <summary>Closes the session: its ephemeral nodes are gone when this completes, if a server could be reached; otherwise after its timeout.</summary>
    public Task CloseAsync() => session.CloseAsync();

    /// <summary>As <see cref="CloseAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(false);

    private Task<T> SendAsync<T>(
        OpCode op, string path, bool isWrite, Action<JuteWriter> write, ReadReply<T> read, CancellationToken cancellationToken) =>
        session.SendAsync(new Request<T>(op, path, isWrite, write, read), cancellationToken);
}
