using ElasticJob.ZooKeeper;

namespace ElasticJob.Bench.ZooKeeper;

/// <summary>What is kept below a path.</summary>
/// <param name="Nodes">Number of nodes, that one included.</param>
/// <param name="Bytes">Bytes of their data.</param>
internal sealed record StoredTree(int Nodes, long Bytes)
{
    public static async Task<StoredTree> ReadAsync(ZooKeeperClient client, string path, CancellationToken cancellationToken)
    {
        Stat? stat = await client.ExistsAsync(path, cancellationToken: cancellationToken);
        if (stat is null)
        {
            return new StoredTree(0, 0);
        }

        var whole = new StoredTree(1, stat.DataLength);
        foreach (string name in (await client.GetChildrenAsync(path, cancellationToken: cancellationToken)).Names)
        {
            StoredTree below = await ReadAsync(client, $"{path}/{name}", cancellationToken);
            whole = new StoredTree(whole.Nodes + below.Nodes, whole.Bytes + below.Bytes);
        }

        return whole;
    }
}
