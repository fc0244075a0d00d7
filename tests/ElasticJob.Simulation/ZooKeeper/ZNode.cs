using ElasticJob.ZooKeeper;

namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>A node of one server's tree.</summary>
internal sealed class ZNode(byte[] data, long owner, long zxid)
{
    private readonly long created = zxid;

    public byte[] Data { get; set; } = data;

    public long Owner { get; } = owner;

    public int Version { get; set; }

    public int ChildrenVersion { get; set; }

    public long Modified { get; set; } = zxid;

    public SortedSet<string> Children { get; } = new(StringComparer.Ordinal);

    public Stat Stat => new(
        created, Modified, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Version, ChildrenVersion, 0, Owner, Data.Length, Children.Count, Modified);
}
