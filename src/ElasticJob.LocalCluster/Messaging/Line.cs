namespace ElasticJob.Local.Messaging;

/// <summary>
/// One direction of a connection between an agent and the master: messages are numbered, delivered once and in order, and repeated until they
/// are acknowledged, as TCP does it between real ones. Only the end of the connection loses anything.
/// </summary>
internal sealed class Line<T>(LocalClusterOptions options, MessageLeg there, MessageLeg back, string agent, Action<T> deliver) : IDisposable
    where T : class
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private readonly Queue<(long Number, T Message)> _unacknowledged = [];
    private readonly SortedDictionary<long, T> _early = [];
    private TimeSpan _pause = FirstPause;
    private ITimer? _repeat;
    private long _sent;
    private long _delivered;
    private bool _closed;

    public void Send(T message)
    {
        long number;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            if (ReferenceEquals(options.Gate, OpenGate.Instance))
            {
                // Nothing can be lost: no numbers, no timers.
                deliver(message);
                return;
            }

            number = ++_sent;
            _unacknowledged.Enqueue((number, message));
            if (_unacknowledged.Count == 1)
            {
                _repeat ??= options.Time.CreateTimer(_ => Repeat(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _repeat.Change(_pause, Timeout.InfiniteTimeSpan);
            }
        }

        Transmit(number, message);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _repeat?.Dispose();
            _unacknowledged.Clear();
            _early.Clear();
        }
    }

    private void Transmit(long number, T message) => options.Gate.Carry(there, agent, message, () => Arrived(number, message));

    private void Arrived(long number, T message)
    {
        long upTo;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            if (number > _delivered)
            {
                _early.TryAdd(number, message);
            }

            while (_early.Remove(_delivered + 1, out T? next))
            {
                _delivered++;
                deliver(next);
            }

            upTo = _delivered;
        }

        options.Gate.Carry(back, agent, new LineAcknowledgement(upTo), () => Acknowledged(upTo));
    }

    private void Acknowledged(long upTo)
    {
        lock (_lock)
        {
            while (_unacknowledged.TryPeek(out (long Number, T) oldest) && oldest.Number <= upTo)
            {
                _unacknowledged.Dequeue();
                _pause = FirstPause;
            }

            if (_unacknowledged.Count == 0 && !_closed)
            {
                _repeat?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Repeat()
    {
        (long Number, T Message)[] again;
        lock (_lock)
        {
            if (_closed || _unacknowledged.Count == 0)
            {
                return;
            }

            again = [.. _unacknowledged];
            _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
            _repeat!.Change(_pause, Timeout.InfiniteTimeSpan);
        }

        foreach ((long number, T message) in again)
        {
            Transmit(number, message);
        }
    }
}

/// <summary>Everything up to this number has arrived.</summary>
internal sealed record LineAcknowledgement(long UpTo);
