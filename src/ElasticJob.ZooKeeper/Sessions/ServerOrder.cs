namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>The servers in an order of this client's own, round and round.</summary>
internal sealed class ServerOrder
{
    private readonly ServerAddress[] servers;
    private int next;

    public ServerOrder(IReadOnlyList<ServerAddress> servers, Random random)
    {
        this.servers = [.. servers];
        random.Shuffle(this.servers);
    }

    public int Count => servers.Length;

    public ServerAddress Next()
    {
        ServerAddress server = servers[next];
        next = (next + 1) % servers.Length;
        return server;
    }
}
