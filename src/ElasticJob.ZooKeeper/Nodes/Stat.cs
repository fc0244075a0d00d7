using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <summary>What ZooKeeper keeps about a node besides its data.</summary>
/// <param name="CreatedZxid">Transaction that created it (czxid).</param>
/// <param name="ModifiedZxid">Transaction that changed its data last (mzxid).</param>
/// <param name="Created">Server time of its creation (ctime).</param>
/// <param name="Modified">Server time of the last change of its data (mtime).</param>
/// <param name="Version">Number of changes of its data.</param>
/// <param name="ChildrenVersion">Number of changes of its list of children (cversion).</param>
/// <param name="AclVersion">Number of changes of its ACL (aversion).</param>
/// <param name="EphemeralOwner">Session that owns it, 0 for a node that is not ephemeral; containers and TTL nodes have special values here.</param>
/// <param name="DataLength">Bytes of data.</param>
/// <param name="ChildrenCount">Number of children.</param>
/// <param name="ChildrenZxid">Transaction that changed its list of children last (pzxid).</param>
public sealed record Stat(
    long CreatedZxid,
    long ModifiedZxid,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    int Version,
    int ChildrenVersion,
    int AclVersion,
    long EphemeralOwner,
    int DataLength,
    int ChildrenCount,
    long ChildrenZxid)
{
    internal static Stat Read(ref JuteReader reader) => new(
        reader.Long(),
        reader.Long(),
        Time(reader.Long()),
        Time(reader.Long()),
        reader.Int(),
        reader.Int(),
        reader.Int(),
        reader.Long(),
        reader.Int(),
        reader.Int(),
        reader.Long());

    private static DateTimeOffset Time(long milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new InvalidDataException($"A node's time of {milliseconds} ms is none.");
}
