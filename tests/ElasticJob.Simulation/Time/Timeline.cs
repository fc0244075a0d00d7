namespace ElasticJob.Simulation.Time;

/// <summary>Virtual time: what is to happen, in order. Nothing happens but through it.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (long At, long Order)> queue = new();
    private long order;

    public TimeSpan Now { get; private set; }

    /// <summary>How many simulated events happened; idle ticks of the loop are not counted.</summary>
    public long Events { get; set; }

    public void After(TimeSpan delay, Action action) => queue.Enqueue(action, (Now.Ticks + Math.Max(0, delay.Ticks), order++));

    /// <summary>Lets everything happen up to a time, and goes there.</summary>
    public void RunUntil(TimeSpan until, Func<bool> stop)
    {
        while (queue.TryPeek(out _, out (long At, long) next) && next.At <= until.Ticks)
        {
            Action action = queue.Dequeue();
            Now = TimeSpan.FromTicks(next.At);
            Events++;
            action();
            if (stop())
            {
                return;
            }
        }

        Now = until;
    }
}
