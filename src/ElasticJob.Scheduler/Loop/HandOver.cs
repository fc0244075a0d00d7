using System.Threading.Channels;

namespace ElasticJob.Scheduler.Loop;

/// <summary>
/// How the parts of the loop wake each other. In a process through the thread pool, so that nobody runs another's code; in the simulator at once, on its
/// one thread, so that the same seed gives the same history.
/// </summary>
internal sealed record HandOver
{
    private readonly bool atOnce;

    private HandOver(bool atOnce) => this.atOnce = atOnce;

    public static HandOver ThroughThreadPool { get; } = new(atOnce: false);

    public static HandOver AtOnce { get; } = new(atOnce: true);

    public Channel<T> Channel<T>() =>
        System.Threading.Channels.Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = atOnce });

    public TaskCompletionSource<T> Promise<T>() => new(atOnce ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    public Task CancelAsync(CancellationTokenSource source)
    {
        if (!atOnce)
        {
            return source.CancelAsync();
        }

        source.Cancel();
        return Task.CompletedTask;
    }
}
