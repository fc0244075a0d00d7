namespace ElasticJob.Scheduler.Leadership;

/// <summary>
/// A lease that is proven by writes to ZooKeeper. No other scheduler can lead before the session has expired, and the session lasts for its timeout after
/// a write was sent that the majority took; so the lease lasts for a part of that time, counted from the sending:
/// <code>
///   write sent ──► taken by the majority ──────── lease ───────┤            another may lead
///       ├──────────────────── two thirds of the timeout ───────┤                   │
///       ├──────────────────── session timeout ─────────────────┴───────────────────┤
/// </code>
/// The time is measured by two clocks and the longer counts: the monotonic one may stand still while a machine sleeps, and the wall clock may be set back.
/// </summary>
internal sealed class Lease(TimeSpan sessionTimeout, TimeProvider time) : ILease
{
    private readonly TimeSpan length = sessionTimeout * 2 / 3;
    private readonly Lock gate = new();
    private TaskCompletionSource proof = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource suspension = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LeaseMark? proven;
    private long suspendedAt = long.MinValue;

    /// <inheritdoc/>
    public bool IsHeld
    {
        get
        {
            lock (gate)
            {
                return IsHeldNow();
            }
        }
    }

    /// <inheritdoc/>
    public Task Suspended
    {
        get
        {
            lock (gate)
            {
                return suspension.Task;
            }
        }
    }

    /// <summary>Time since the last proof was sent; null before the first one.</summary>
    public TimeSpan? Age
    {
        get
        {
            lock (gate)
            {
                return proven is { } mark ? AgeOf(mark) : null;
            }
        }
    }

    /// <summary>The moment before a write is sent.</summary>
    public LeaseMark Mark() => new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>The write that was sent after <paramref name="mark"/> has been taken by the majority, under the epoch of this term.</summary>
    public void Prove(LeaseMark mark)
    {
        lock (gate)
        {
            if (proven is { } last && last.Timestamp >= mark.Timestamp)
            {
                return;
            }

            proven = mark;
            if (IsHeldNow())
            {
                proof.TrySetResult();
                if (suspension.Task.IsCompleted)
                {
                    suspension = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }

    /// <summary>The connection is lost: only a write that is sent from now on proves anything.</summary>
    public void Suspend()
    {
        lock (gate)
        {
            suspendedAt = time.GetTimestamp();
            suspension.TrySetResult();
        }
    }

    /// <inheritdoc/>
    public async ValueTask HeldAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task next;
            lock (gate)
            {
                if (IsHeldNow())
                {
                    return;
                }

                if (proof.Task.IsCompleted)
                {
                    proof = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                next = proof.Task;
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsHeldNow() => proven is { } mark && mark.Timestamp > suspendedAt && AgeOf(mark) < length;

    private TimeSpan AgeOf(LeaseMark mark)
    {
        TimeSpan elapsed = time.GetElapsedTime(mark.Timestamp);
        TimeSpan wall = time.GetUtcNow() - mark.At;
        return wall > elapsed ? wall : elapsed;
    }
}

/// <summary>A moment on both clocks.</summary>
/// <param name="Timestamp">On the monotonic clock.</param>
/// <param name="At">On the wall clock.</param>
internal readonly record struct LeaseMark(long Timestamp, DateTimeOffset At);
