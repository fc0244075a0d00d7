using System.Globalization;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>Looks at a cluster's place in ZooKeeper, over a session without a chroot.</summary>
internal static class PlaceExamination
{
    public static async Task<IReadOnlyList<ZooKeeperFinding>> RunAsync(ZooKeeperClient client, ConnectString place, ClusterMark mark, CancellationToken cancellationToken)
    {
        var findings = new List<ZooKeeperFinding>();
        string root = place.Chroot;
        string there = await NearestAsync(client, root, cancellationToken).ConfigureAwait(false);
        bool may = await MayCreateAsync(client, there, cancellationToken).ConfigureAwait(false);
        if (there != root)
        {
            string missing = $"{root} does not exist";
            findings.Add(may
                ? new ZooKeeperFinding("zookeeper path", true, $"{missing} yet; the first scheduler makes it")
                : new ZooKeeperFinding("zookeeper path", false, $"{missing}, and this scheduler may not make it below {there}. Make it as an administrator, with an ACL for the user of zookeeper.credential (create {root}; setAcl {root} auth:USER:PASSWORD:cdrwa)."));
            return findings;
        }

        findings.Add(may
            ? new ZooKeeperFinding("zookeeper path", true, $"{root}, and this scheduler may write there")
            : new ZooKeeperFinding("zookeeper path", false, $"This scheduler may not write below {root}. Check zookeeper.credential, and the ACL (getAcl {root})."));
        await AddAsync(findings, "zookeeper state", $"{root}{ZooKeeperStateStore.DefaultRoot}", "empty; the first scheduler makes it", cancellationToken,
            async node => ZooKeeperStateStore.LayoutFault(node, (await DataAsync(client, node, cancellationToken).ConfigureAwait(false)).Data) is { } fault ? (false, fault) : (true, node)).ConfigureAwait(false);
        await AddAsync(findings, "zookeeper cluster", root + ClusterMark.Node, "nobody's yet; the first scheduler marks it", cancellationToken,
            async node => mark.FaultOf((await DataAsync(client, node, cancellationToken).ConfigureAwait(false)).Data, place) is { } fault ? (false, fault) : (true, "this cluster's")).ConfigureAwait(false);
        await AddAsync(findings, "zookeeper clocks", root + ElectedLeadership.Queue, "no scheduler is up", cancellationToken,
            async node => Clocks(await MembersAsync(client, node, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
        return findings;
    }

    private static async Task AddAsync(
        List<ZooKeeperFinding> findings, string check, string node, string absent, CancellationToken cancellationToken, Func<string, Task<(bool Good, string Text)>> look)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            (bool good, string text) = await look(node).ConfigureAwait(false);
            findings.Add(new ZooKeeperFinding(check, good, text));
        }
        catch (ZooKeeperException e) when (e.Error == ZooKeeperError.NoNode)
        {
            findings.Add(new ZooKeeperFinding(check, true, absent));
        }
        catch (ZooKeeperException e) when (e.Error == ZooKeeperError.NoAuth)
        {
            findings.Add(new ZooKeeperFinding(check, false, $"This scheduler may not read {node}: it was written with other credentials. Check zookeeper.credential."));
        }
    }

    private static Task<NodeData> DataAsync(ZooKeeperClient client, string node, CancellationToken cancellationToken) => client.GetDataAsync(node, cancellationToken: cancellationToken);

    private static async Task<IReadOnlyList<Member>> MembersAsync(ZooKeeperClient client, string queue, CancellationToken cancellationToken)
    {
        NodeChildren children = await client.GetChildrenAsync(queue, cancellationToken: cancellationToken).ConfigureAwait(false);
        var members = new List<Member>();
        foreach (string name in children.Names)
        {
            try
            {
                NodeData node = await DataAsync(client, $"{queue}/{name}", cancellationToken).ConfigureAwait(false);
                if (Member.Read(node.Data, node.Stat.Modified) is { } member)
                {
                    members.Add(member);
                }
            }
            catch (ZooKeeperException gone) when (gone.Error == ZooKeeperError.NoNode)
            {
            }
        }

        return members;
    }

    private static (bool Good, string Text) Clocks(IReadOnlyList<Member> members)
    {
        string[] faults = [.. members.Select(member => member.ClockFault).OfType<string>()];
        return faults.Length > 0 ? (false, string.Join(' ', faults))
            : members.Count == 0 ? (true, "no scheduler is up")
            : (true, string.Create(CultureInfo.InvariantCulture, $"{(members.Count == 1 ? "that of the one scheduler is" : $"those of {members.Count} schedulers are")} within {members.Max(m => m.ClockAhead!.Value.Duration().TotalSeconds):0.0} s of ZooKeeper's"));
    }

    private static async Task<string> NearestAsync(ZooKeeperClient client, string path, CancellationToken cancellationToken)
    {
        while (path.Length > 0 && await client.ExistsAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false) is null)
        {
            path = path[..path.LastIndexOf('/')];
        }

        return path.Length > 0 ? path : "/";
    }

    /// <summary>Tries to create a node in a transaction that fails by its second operation, so that nothing is ever created.</summary>
    private static async Task<bool> MayCreateAsync(ZooKeeperClient client, string below, CancellationToken cancellationToken)
    {
        string probe = $"{below.TrimEnd('/')}/elasticjob-doctor-{Guid.NewGuid():N}";
        try
        {
            await client.MultiAsync([Operation.Create(probe), Operation.Delete($"{probe}-never")], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ZooKeeperMultiException e)
        {
            return e.FailedIndex == 1;
        }
    }
}
