namespace ElasticJob.ZooKeeper;

/// <summary>
/// A watch that fires once. Give it to one read (<c>GetData</c>, <c>Exists</c>, <c>GetChildren</c>); if the read succeeds, it is set. It survives
/// reconnection: the next server compares what the client had seen last with the node and fires at once if it missed a change.
/// </summary>
public sealed class OneTimeWatch
{
    private readonly TaskCompletionSource<WatchEvent> fired;
    private int used;

    /// <summary>A watch that is not set yet.</summary>
    public OneTimeWatch()
        : this(atOnce: false)
    {
    }

    /// <param name="atOnce">Whether who waits goes on inside <see cref="Fire"/>, for servers that are simulated on one thread.</param>
    internal OneTimeWatch(bool atOnce) => fired = new(atOnce ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Completes with the first event, or when the watch is removed or the session ends. It is complete before the answer to any later read that shows
    /// the change, so that after such a read <c>Fired.IsCompleted</c> is true.
    /// </summary>
    public Task<WatchEvent> Fired => fired.Task;

    internal void Use()
    {
        if (Interlocked.Exchange(ref used, 1) != 0)
        {
            throw new InvalidOperationException("A one-time watch serves one read; make a new one.");
        }
    }

    internal void Fire(WatchEvent seen) => fired.TrySetResult(seen);
}
