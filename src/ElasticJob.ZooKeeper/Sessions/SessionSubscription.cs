using System.Threading.Channels;

namespace ElasticJob.ZooKeeper;

/// <summary>The changes of a session's state from the subscription on, in order. Ends after a final state.</summary>
public sealed class SessionSubscription : IDisposable
{
    private readonly Channel<SessionEvent> channel = Channel.CreateUnbounded<SessionEvent>(new UnboundedChannelOptions { SingleReader = false });
    private readonly Action<SessionSubscription> forget;

    internal SessionSubscription(Action<SessionSubscription> forget) => this.forget = forget;

    /// <summary>
    /// The changes. A change is here before the requests it fails do fail, and before any answer of the connection it tells of.
    /// </summary>
    public ChannelReader<SessionEvent> Events => channel.Reader;

    /// <summary>Ends the subscription.</summary>
    public void Dispose()
    {
        forget(this);
        channel.Writer.TryComplete();
    }

    internal void Publish(SessionEvent change, bool last)
    {
        channel.Writer.TryWrite(change);
        if (last)
        {
            channel.Writer.TryComplete();
        }
    }
}
