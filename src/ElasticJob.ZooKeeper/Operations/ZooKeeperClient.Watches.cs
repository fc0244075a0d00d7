using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper;

/// <content>Watches that stay, and the removal of watches.</content>
public sealed partial class ZooKeeperClient
{
    /// <summary>
    /// Sets a watch that stays; the node need not exist. Servers from 3.6 on. Before 3.9 a server keeps one kind of watch for a path and session:
    /// do not mix persistent and one-time watches on the same path.
    /// </summary>
    public async Task<PersistentWatch> AddWatchAsync(string path, AddWatchMode mode, CancellationToken cancellationToken = default)
    {
        string onServer = paths.OnServer(path);
        var watch = new PersistentWatch(path, mode, RemoveAsync);
        await session.SendAsync(
            new Request<bool>(
                OpCode.AddWatch,
                path,
                isWrite: false,
                writer =>
                {
                    writer.Text(onServer);
                    writer.Int((int)mode);
                },
                static (ref reply) => true)
            {
                Answered = (watches, error) =>
                {
                    if (error == ZooKeeperError.Ok)
                    {
                        watches.Add(onServer, watch);
                    }
                },
            },
            cancellationToken).ConfigureAwait(false);
        return watch;
    }

    /// <summary>Removes this client's watches of a type on a path; they tell <see cref="WatchEventType.WatchRemoved"/>.</summary>
    /// <exception cref="ZooKeeperException"><c>NoWatcher</c>: there is none.</exception>
    public Task RemoveWatchesAsync(string path, WatcherType type, CancellationToken cancellationToken = default)
    {
        string onServer = paths.OnServer(path);
        return session.SendAsync(
            new Request<bool>(
                OpCode.RemoveWatches,
                path,
                isWrite: false,
                writer =>
                {
                    writer.Text(onServer);
                    writer.Int((int)type);
                },
                static (ref reply) => true)
            {
                Answered = (watches, error) =>
                {
                    if (error is ZooKeeperError.Ok or ZooKeeperError.NoWatcher)
                    {
                        watches.RemoveAll(onServer, type);
                    }
                },
            },
            cancellationToken);
    }

    private async Task RemoveAsync(PersistentWatch watch)
    {
        bool serverToo = session.Watches.Remove(paths.OnServer(watch.Path), watch);
        if (!serverToo || session.State is not (SessionState.Connected or SessionState.ReadOnly))
        {
            return;
        }

        try
        {
            await RemoveWatchesAsync(watch.Path, WatcherType.Any).ConfigureAwait(false);
        }
        catch (ZooKeeperException)
        {
            // A server that cannot be asked forgets the watch with the connection.
        }
    }
}
