using ElasticJob.ZooKeeper.Tests.Server;

[assembly: AssemblyFixture(typeof(OneServer))]

namespace ElasticJob.ZooKeeper.Tests.Server;

/// <summary>A server that all tests share that do it no harm. Each test works under a chroot of its own.</summary>
public sealed class OneServer : IAsyncLifetime
{
    private ZooKeeperServer? server;
    private int last;

    public ZooKeeperServer Server => server!;

    public async ValueTask InitializeAsync() => server = await ZooKeeperServer.StartAloneAsync(CancellationToken.None);

    /// <summary>Options of a client under a new chroot, which does not exist yet.</summary>
    public ZooKeeperOptions NewPlace() => new($"{Server.Address}/test-{Interlocked.Increment(ref last)}") { SessionTimeout = TimeSpan.FromSeconds(20), Seed = 1 };

    /// <summary>A client under a new chroot.</summary>
    public async Task<ZooKeeperClient> ConnectAsync(ZooKeeperOptions? options = null)
    {
        ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options ?? NewPlace(), TestContext.Current.CancellationToken);
        await client.EnsurePathAsync(cancellationToken: TestContext.Current.CancellationToken);
        return client;
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}
