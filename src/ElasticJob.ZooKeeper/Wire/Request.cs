using ElasticJob.ZooKeeper.Watches;

namespace ElasticJob.ZooKeeper.Wire;

/// <summary>One request on its way: queued, then sent, then answered; or withdrawn before it was sent.</summary>
internal abstract class Request(OpCode op, string? path, bool isWrite)
{
    private const int Queued = 0;
    private const int Sent = 1;
    private const int Withdrawn = 2;
    private int stage;

    public OpCode Op { get; } = op;

    /// <summary>The path as the caller knows it, for error messages.</summary>
    public string? Path { get; } = path;

    /// <summary>Whether it may have changed something when no answer came.</summary>
    public bool IsWrite { get; } = isWrite;

    public int Xid { get; set; }

    public long QueuedAt { get; set; }

    public bool WasSent => Volatile.Read(ref stage) == Sent;

    /// <summary>Runs in the reader, before the answer is handed on, so that a watch is known before its first event can arrive.</summary>
    public Action<WatchRegistry, ZooKeeperError>? Answered { get; init; }

    /// <summary>False if the caller has given up meanwhile.</summary>
    public bool TryTakeForSending() => Interlocked.CompareExchange(ref stage, Sent, Queued) == Queued;

    public bool Withdraw() => Interlocked.CompareExchange(ref stage, Withdrawn, Queued) == Queued;

    public abstract void Write(JuteWriter writer);

    public abstract void Complete(ZooKeeperError error, ref JuteReader reply);

    public abstract void Fail(Exception exception);

    public abstract void Cancel(CancellationToken cancellationToken);
}
