using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Storage.Tests;

/// <summary>A ZooKeeper server for the tests of one class; each test has a chroot of its own.</summary>
public sealed class OneZooKeeper : IAsyncLifetime
{
    private ZooKeeperServer? server;
    private int last;

    public async ValueTask InitializeAsync() => server = await ZooKeeperServer.StartAloneAsync(CancellationToken.None);

    public ZooKeeperOptions NewPlace() => new($"{server!.Address}/store-{Interlocked.Increment(ref last)}");

    public async ValueTask DisposeAsync() => await server!.DisposeAsync();
}
