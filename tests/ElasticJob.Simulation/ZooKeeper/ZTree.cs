using ElasticJob.ZooKeeper;

namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>The nodes as one server has them. Changes were checked by the leader; a server only repeats them.</summary>
internal sealed class ZTree
{
    private readonly Dictionary<string, ZNode> nodes = new(StringComparer.Ordinal) { ["/"] = new ZNode([], 0, 0) };

    public int Count => nodes.Count;

    public IEnumerable<string> OwnedBy(long session) => nodes.Where(n => n.Value.Owner == session).Select(n => n.Key);

    public ZNode? Find(string path) => nodes.GetValueOrDefault(path);

    public ZNode Get(string path) => Find(path) ?? throw new ZooKeeperException(ZooKeeperError.NoNode, $"{path} does not exist.", path);

    public static string ParentOf(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    public void Apply(Transaction transaction)
    {
        foreach (Change change in transaction.Changes)
        {
            Apply(change, transaction.Zxid);
        }
    }

    /// <summary>How to go back behind a change that is about to be made.</summary>
    public Action HowToUndo(Change change)
    {
        if (Find(change.Path) is not { } before)
        {
            return () => Apply(change with { Data = null }, 0);
        }

        (byte[] data, int version, long modified) = (before.Data, before.Version, before.Modified);
        return () =>
        {
            nodes[change.Path] = before;
            nodes[ParentOf(change.Path)].Children.Add(NameOf(change.Path));
            (before.Data, before.Version, before.Modified) = (data, version, modified);
        };
    }

    public void Apply(Change change, long zxid)
    {
        string parent = ParentOf(change.Path);
        string name = NameOf(change.Path);
        if (change.Data is null)
        {
            nodes.Remove(change.Path);
            nodes[parent].Children.Remove(name);
        }
        else if (change.Creates)
        {
            nodes[change.Path] = new ZNode(change.Data, change.Owner, zxid);
            nodes[parent].Children.Add(name);
            nodes[parent].ChildrenVersion++;
        }
        else
        {
            ZNode node = nodes[change.Path];
            node.Data = change.Data;
            node.Version++;
            node.Modified = zxid;
        }
    }
}
