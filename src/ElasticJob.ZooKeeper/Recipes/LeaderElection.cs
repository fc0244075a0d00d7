namespace ElasticJob.ZooKeeper.Recipes;

/// <summary>
/// Elects one leader among the clients that volunteer at the same path: fair (in the order of arrival) and without a herd (each watches only the
/// volunteer before it). Leadership lasts at most as long as the session is attached: on suspension it must be given up at once by whoever acts on it.
/// </summary>
/// <remarks>
/// An election alone proves nothing to third parties: a paused process may still believe that it leads. Writes must be fenced, as by the version of a node
/// that each new leader raises.
/// </remarks>
public sealed class LeaderElection
{
    private const string Prefix = "v-";
    private readonly IZooKeeper client;
    private readonly string path;
    private readonly ReadOnlyMemory<byte> description;
    private readonly string marker = $"{Guid.NewGuid():N}";
    private string? own;

    /// <summary>Prepares to volunteer at <paramref name="path"/>, which is created if it does not exist.</summary>
    /// <param name="client">The session that stands for this volunteer.</param>
    /// <param name="path">The same for all volunteers.</param>
    /// <param name="description">What others read about this volunteer: its address, say.</param>
    public LeaderElection(IZooKeeper client, string path, ReadOnlyMemory<byte> description)
    {
        ArgumentNullException.ThrowIfNull(client);
        NodePath.Check(path);
        (this.client, this.path, this.description) = (client, path, description);
    }

    internal bool WatchesFireAtOnce { get; init; }

    /// <summary>The node of this volunteer; null if it has none.</summary>
    public string? Node => own;

    /// <summary>Volunteers and waits until this volunteer is the first. Losses of the connection are waited out; the place in the queue is kept.</summary>
    /// <exception cref="ZooKeeperSessionExpiredException">The session ended meanwhile.</exception>
    public async Task WaitForLeadershipAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                own ??= await FindOwnAsync(cancellationToken).ConfigureAwait(false) ?? await VolunteerAsync(cancellationToken).ConfigureAwait(false);
                if (await IsFirstAsync(cancellationToken).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (ZooKeeperConnectionLostException)
            {
                // Whether the node was created is found out by the marker in its name.
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Gives the place in the queue up, the leadership too.</summary>
    public async Task ResignAsync(CancellationToken cancellationToken)
    {
        own ??= await FindOwnAsync(cancellationToken).ConfigureAwait(false);
        if (own is null)
        {
            return;
        }

        try
        {
            await client.DeleteAsync(own, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (ZooKeeperException gone) when (gone.Error == ZooKeeperError.NoNode)
        {
        }

        own = null;
    }

    /// <summary>What the first volunteer says about itself; null if there is none.</summary>
    public async Task<byte[]?> GetLeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            string? first = (await QueueAsync(cancellationToken).ConfigureAwait(false)).FirstOrDefault();
            return first is null ? null : (await client.GetDataAsync($"{path}/{first}", cancellationToken: cancellationToken).ConfigureAwait(false)).Data;
        }
        catch (ZooKeeperException gone) when (gone.Error == ZooKeeperError.NoNode)
        {
            return null;
        }
    }

    /// <summary>The nodes of all volunteers, the leader's first; <paramref name="changed"/> fires when one comes or goes.</summary>
    /// <exception cref="ZooKeeperException"><c>NoNode</c>: nobody has ever volunteered.</exception>
    public async Task<IReadOnlyList<NodeData>> GetVolunteersAsync(OneTimeWatch? changed, CancellationToken cancellationToken)
    {
        var nodes = new List<NodeData>();
        foreach (string name in await QueueAsync(cancellationToken, changed).ConfigureAwait(false))
        {
            try
            {
                nodes.Add(await client.GetDataAsync($"{path}/{name}", cancellationToken: cancellationToken).ConfigureAwait(false));
            }
            catch (ZooKeeperException gone) when (gone.Error == ZooKeeperError.NoNode)
            {
                // It went between the two reads; the watch has fired.
            }
        }

        return nodes;
    }

    private static string Number(string name) => name[^10..];

    private async Task<string> VolunteerAsync(CancellationToken cancellationToken)
    {
        await client.EnsurePathAsync(path, cancellationToken: cancellationToken).ConfigureAwait(false);
        CreatedNode created = await client.CreateAsync(
            $"{path}/{Prefix}{marker}-", description, CreateMode.EphemeralSequential, cancellationToken: cancellationToken).ConfigureAwait(false);
        return created.Path;
    }

    private async Task<string?> FindOwnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.SyncAsync(path, cancellationToken).ConfigureAwait(false);
            string? name = (await QueueAsync(cancellationToken).ConfigureAwait(false)).Find(one => one.Contains(marker, StringComparison.Ordinal));
            return name is null ? null : $"{path}/{name}";
        }
        catch (ZooKeeperException none) when (none.Error == ZooKeeperError.NoNode)
        {
            return null;
        }
    }

    private async Task<List<string>> QueueAsync(CancellationToken cancellationToken, OneTimeWatch? changed = null)
    {
        NodeChildren children = await client.GetChildrenAsync(path, changed, cancellationToken).ConfigureAwait(false);
        return [.. children.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).OrderBy(Number, StringComparer.Ordinal)];
    }

    /// <summary>True if nobody is before; otherwise waits until the one before has gone.</summary>
    private async Task<bool> IsFirstAsync(CancellationToken cancellationToken)
    {
        List<string> queue = await QueueAsync(cancellationToken).ConfigureAwait(false);
        int place = queue.FindIndex(name => $"{path}/{name}" == own);
        if (place < 0)
        {
            // Somebody deleted the node: volunteer again, at the end.
            own = null;
            return false;
        }

        if (place == 0)
        {
            return true;
        }

        var watch = new OneTimeWatch(WatchesFireAtOnce);
        if (await client.ExistsAsync($"{path}/{queue[place - 1]}", watch, cancellationToken).ConfigureAwait(false) is not null)
        {
            await watch.Fired.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return false;
    }
}
