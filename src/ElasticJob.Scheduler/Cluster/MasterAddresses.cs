using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>Where the Mesos masters are: a fixed list, or the ZooKeeper path at which they elect their leader.</summary>
public sealed record MasterAddresses
{
    private const string ZooKeeperScheme = "zk://";

    private MasterAddresses(IReadOnlyList<Uri> list, ConnectString? zooKeeper) => (List, ZooKeeper) = (list, zooKeeper);

    /// <summary>The fixed list; empty if ZooKeeper knows.</summary>
    public IReadOnlyList<Uri> List { get; }

    /// <summary>The servers and the masters' path; null for a fixed list.</summary>
    public ConnectString? ZooKeeper { get; }

    /// <summary>One master.</summary>
    public static MasterAddresses Of(Uri master) => new([master], null);

    /// <summary>Reads what operators write: <c>http://host:5050</c>, <c>host1:5050,host2:5050</c> or <c>zk://host1:2181,host2:2181/mesos</c>.</summary>
    /// <exception cref="FormatException">It is none of these; the message says what is wrong.</exception>
    public static MasterAddresses Parse(string text)
    {
        if (!text.StartsWith(ZooKeeperScheme, StringComparison.OrdinalIgnoreCase))
        {
            return new MasterAddresses(SchedulerConnectionOptions.ParseMasters(text), null);
        }

        ConnectString servers = ConnectString.Parse(text[ZooKeeperScheme.Length..]);
        return servers.Chroot.Length > 0
            ? new MasterAddresses([], servers)
            : throw new FormatException($"'{text}' lacks the path at which the masters register, such as /mesos.");
    }

    /// <summary>As operators write it.</summary>
    public override string ToString() => ZooKeeper is null
        ? string.Join(',', List.Select(master => master.AbsoluteUri.TrimEnd('/')))
        : ZooKeeperScheme + ZooKeeper;
}
