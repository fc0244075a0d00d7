namespace ElasticJob.ZooKeeper.Tests.Server;

/// <summary>Three servers that elect a leader.</summary>
public sealed class ZooKeeperEnsemble : IAsyncDisposable
{
    private ZooKeeperEnsemble(ZooKeeperServer[] servers) => Servers = servers;

    public IReadOnlyList<ZooKeeperServer> Servers { get; }

    public string ConnectString => string.Join(',', Servers.Select(server => server.Address));

    public static async Task<ZooKeeperEnsemble> StartAsync(CancellationToken cancellationToken, string more = "")
    {
        string members = string.Join('\n', Enumerable.Range(1, 3).Select(
            id => $"server.{id}=127.0.0.1:{ZooKeeperServer.FreePort()}:{ZooKeeperServer.FreePort()}"));
        ZooKeeperServer[] servers = [.. Enumerable.Range(1, 3).Select(id => ZooKeeperServer.Prepare(ZooKeeperServer.FreePort(), $"{members}\n{more}", id))];
        foreach (ZooKeeperServer server in servers)
        {
            await server.StartAsync(cancellationToken);
        }

        await ZooKeeperServer.WaitForServiceAsync(servers, cancellationToken);
        return new ZooKeeperEnsemble(servers);
    }

    public ZooKeeperServer At(ServerAddress address) => Servers.Single(server => server.Port == address.Port);

    public async Task<ZooKeeperServer> LeaderAsync(CancellationToken cancellationToken)
    {
        foreach (ZooKeeperServer server in Servers.Where(server => server.IsRunning))
        {
            if ((await server.AskAsync("stat", cancellationToken)).Contains("Mode: leader", StringComparison.Ordinal))
            {
                return server;
            }
        }

        throw new InvalidOperationException("No server leads.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ZooKeeperServer server in Servers)
        {
            await server.DisposeAsync();
        }
    }
}
