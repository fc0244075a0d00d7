using System.Text.Json;
using System.Text.Json.Serialization;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>
/// To which cluster a place in ZooKeeper belongs: the node <c>/cluster</c>, written by the first scheduler. Two installations that were given one place
/// by mistake would otherwise take turns at leading each other's jobs.
/// </summary>
/// <remarks>
/// Two that were given names are told apart by them, and their masters may move. Otherwise they are told apart by their masters: lists that share one are
/// of the same cluster.
/// </remarks>
public sealed record ClusterMark
{
    /// <summary>The node, below the chroot.</summary>
    internal const string Node = "/cluster";

    /// <summary>The name of a cluster that was given none.</summary>
    public const string DefaultName = "default";

    /// <summary>Name of the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>Whether somebody chose that name.</summary>
    public bool Named { get; init; }

    /// <summary>Where its Mesos masters are, each as host:port; or the one place where they register.</summary>
    public required IReadOnlyList<string> Masters { get; init; }

    /// <summary>The mark of a scheduler's configuration.</summary>
    public static ClusterMark Of(string? name, MasterAddresses masters) => new()
    {
        Name = name ?? DefaultName,
        Named = name is not null,
        Masters = masters.ZooKeeper is null ? [.. masters.List.Select(master => master.Authority)] : [masters.ToString()],
    };

    /// <summary>Marks the place, or makes sure that it is marked as this cluster's.</summary>
    /// <exception cref="StateStoreException">It belongs to another cluster.</exception>
    internal async Task ClaimAsync(ZooKeeperClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(Node, ToBytes(), cancellationToken: cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (ZooKeeperException there) when (there.Error == ZooKeeperError.NodeExists)
        {
        }

        await client.SyncAsync(Node, cancellationToken).ConfigureAwait(false);
        NodeData held = await client.GetDataAsync(Node, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (FaultOf(held.Data, client.ConnectString) is { } fault)
        {
            throw new StateStoreException(fault);
        }

        ClusterMark mark = Read(held.Data)!;
        ClusterMark next = Named ? this : mark with { Masters = Masters };
        if (mark.Name != next.Name || mark.Named != next.Named || !mark.Masters.SequenceEqual(next.Masters, StringComparer.OrdinalIgnoreCase))
        {
            try
            {
                await client.SetDataAsync(Node, next.ToBytes(), held.Stat.Version, cancellationToken).ConfigureAwait(false);
            }
            catch (ZooKeeperException other) when (other.Error == ZooKeeperError.BadVersion)
            {
                // Another scheduler of the same cluster brings it up to date.
            }
        }
    }

    /// <summary>Why a scheduler of this cluster must not use a place with the mark <paramref name="held"/>; null if it may.</summary>
    internal string? FaultOf(byte[] held, ConnectString place)
    {
        ClusterMark? mark = Read(held);
        if (mark is null)
        {
            return $"The node {place.Chroot}{Node} in ZooKeeper belongs to another program. Give this installation a path of its own in zookeeper.connect.";
        }

        bool bothNamed = Named && mark.Named;
        if ((Named && mark.Name == Name) || (!bothNamed && mark.Masters.Intersect(Masters, StringComparer.OrdinalIgnoreCase).Any()))
        {
            return null;
        }

        return bothNamed
            ? $"{place} belongs to the cluster '{mark.Name}', and this scheduler is of the cluster '{Name}'. Give each cluster a path of its own in zookeeper.connect; if they are one, set zookeeper.cluster alike everywhere."
            : $"{place} belongs to a cluster with the masters {string.Join(',', mark.Masters)}, and this scheduler's are {string.Join(',', Masters)}. Give each cluster a path of its own in zookeeper.connect; if the masters have moved, set zookeeper.cluster to \"{mark.Name}\".";
    }

    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ClusterMarkJson.Default.ClusterMark);

    private static ClusterMark? Read(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, ClusterMarkJson.Default.ClusterMark);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ClusterMark))]
internal sealed partial class ClusterMarkJson : JsonSerializerContext;
