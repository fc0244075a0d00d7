namespace ElasticJob.Simulation.Time;

/// <summary>Virtual time: what is to happen, in order. Nothing happens but through it.</summary>
internal sealed class Timeline
{
    /// <summary>A history has some thousands of happenings; so many more mean that something goes round without time passing.</summary>
    private const long Most = 2_000_000;

    private readonly PriorityQueue<Action, (long At, long Order)> queue = new();
    private long order;
    private long happenings;

    public TimeSpan Now { get; private set; }

    /// <summary>How many simulated events happened; idle ticks of the loop are not counted.</summary>
    public long Events { get; set; }

    public void After(TimeSpan delay, Action action) => queue.Enqueue(action, (Now.Ticks + Math.Max(0, delay.Ticks), order++));

    /// <summary>As <see cref="After"/>, for what is no happening of the world: a clock that looks whether there is something to do.</summary>
    public void AfterUncounted(TimeSpan delay, Action action) => After(delay, () =>
    {
        Events--;
        action();
    });

    /// <summary>Lets everything happen up to a time, and goes there.</summary>
    public void RunUntil(TimeSpan until, Func<bool> stop)
    {
        while (queue.TryPeek(out _, out (long At, long) next) && next.At <= until.Ticks)
        {
            Action action = queue.Dequeue();
            Now = TimeSpan.FromTicks(next.At);
            Events++;
            if (++happenings > Most)
            {
                throw new InvalidOperationException($"The history does not end: {Most} happenings by {Now.TotalSeconds:0.0} s.");
            }

            action();
            if (stop())
            {
                return;
            }
        }

        Now = until;
    }
}
