using ElasticJob.Simulation.Time;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>Time as one process sees it. Its timers are on the timeline, come late when it was stopped and never when it is dead.</summary>
internal sealed class ProcessClock(SimulatedProcess process, Timeline timeline, Func<DateTimeOffset> wall) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => wall();

    public override long GetTimestamp() => timeline.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Alarm(process, timeline, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Alarm(SimulatedProcess process, Timeline timeline, Action ring) : ITimer
    {
        private long setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            long mine = ++setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timeline.AfterUncounted(dueTime, () =>
                {
                    if (mine == setting)
                    {
                        process.Do(() => Ring(mine, period));
                    }
                });
            }

            return true;
        }

        public void Dispose() => setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Ring(long mine, TimeSpan period)
        {
            if (mine != setting)
            {
                return;
            }

            if (period != Timeout.InfiniteTimeSpan)
            {
                Change(period, period);
            }

            ring();
        }
    }
}
