using System.Threading.Channels;

namespace ElasticJob.ZooKeeper;

/// <summary>
/// A watch that stays until it is disposed. Over a reconnection it is set again, and then tells <see cref="WatchEventType.Reattached"/>: the servers do
/// not replay what a persistent watch missed. Events wait in memory until they are read.
/// </summary>
public sealed class PersistentWatch : IAsyncDisposable
{
    private readonly Channel<WatchEvent> channel = Channel.CreateUnbounded<WatchEvent>();
    private readonly Func<PersistentWatch, Task> remove;

    internal PersistentWatch(string path, AddWatchMode mode, Func<PersistentWatch, Task> remove) => (Path, Mode, this.remove) = (path, mode, remove);

    /// <summary>The watched path.</summary>
    public string Path { get; }

    /// <summary>What it covers.</summary>
    public AddWatchMode Mode { get; }

    /// <summary>
    /// The events, in the order of the changes; an event is here before the answer to any later read that shows the change. Ends after
    /// <see cref="WatchEventType.WatchRemoved"/> or <see cref="WatchEventType.SessionEnded"/>.
    /// </summary>
    public ChannelReader<WatchEvent> Events => channel.Reader;

    /// <summary>Removes the watch, at the server too if it can be reached.</summary>
    public async ValueTask DisposeAsync() => await remove(this).ConfigureAwait(false);

    internal void Tell(WatchEvent seen)
    {
        channel.Writer.TryWrite(seen);
        if (seen.Type is WatchEventType.WatchRemoved or WatchEventType.SessionEnded)
        {
            channel.Writer.TryComplete();
        }
    }
}
