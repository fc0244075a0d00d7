namespace ElasticJob.Mesos.Tests;

/// <summary>A clock that stands still until it is moved; timers fire inside <see cref="Advance"/>.</summary>
internal sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<Timer> timers = [];
    private TimeSpan elapsed;
    private TimeSpan wallOffset;
    private TaskCompletionSource armed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            return start + elapsed + wallOffset;
        }
    }

    public override long GetTimestamp()
    {
        lock (gate)
        {
            return elapsed.Ticks;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Steps the wall clock alone, as an operator or NTP does; timers are not touched.</summary>
    public void StepWall(TimeSpan by)
    {
        lock (gate)
        {
            wallOffset += by;
        }
    }

    /// <summary>Moves both clocks and fires what is due, in order.</summary>
    public void Advance(TimeSpan by)
    {
        TimeSpan target;
        lock (gate)
        {
            target = elapsed + by;
        }

        while (true)
        {
            Timer? next;
            lock (gate)
            {
                next = timers.Where(timer => timer.Due <= target).MinBy(timer => timer.Due);
                if (next is null)
                {
                    elapsed = target;
                    return;
                }

                elapsed = next.Due > elapsed ? next.Due : elapsed;
                next.Rearm();
            }

            next.Fire();
        }
    }

    /// <summary>Completes once a timer waits that is due within <paramref name="span"/> from now.</summary>
    public async Task TimerWithinAsync(TimeSpan span, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (timers.Any(timer => timer.Due <= elapsed + span))
                {
                    return;
                }

                change = armed.Task;
            }

            await change.WaitAsync(cancellationToken);
        }
    }

    private sealed class Timer(ManualTime owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public TimeSpan Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            TaskCompletionSource signal;
            lock (owner.gate)
            {
                owner.timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = owner.elapsed + dueTime;
                    period = newPeriod;
                    owner.timers.Add(this);
                }

                signal = owner.armed;
                owner.armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            signal.SetResult();
            return true;
        }

        public void Rearm()
        {
            if (period > TimeSpan.Zero)
            {
                Due += period;
            }
            else
            {
                owner.timers.Remove(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner.gate)
            {
                owner.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
