using ElasticJob.Simulation.Time;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>A process of an operating system: while it is stopped what it would do waits, and when it is dead it comes to nothing.</summary>
internal sealed class SimulatedProcess(Timeline timeline)
{
    private readonly List<Action> deferred = [];

    public bool IsDead { get; private set; }

    public bool IsFrozen { get; private set; }

    public event Action? Stopped;

    public event Action? Resumed;

    public event Action? Ended;

    /// <summary>Does it now, when the process goes on, or never.</summary>
    public void Do(Action action)
    {
        if (IsFrozen)
        {
            deferred.Add(action);
        }
        else if (!IsDead)
        {
            action();
        }
    }

    public void After(TimeSpan delay, Action action) => timeline.After(delay, () => Do(action));

    public void Freeze()
    {
        if (!IsDead && !IsFrozen)
        {
            IsFrozen = true;
            Stopped?.Invoke();
        }
    }

    public void Thaw()
    {
        if (!IsFrozen || IsDead)
        {
            // Killed while it stood still: nothing of it goes on, its session least of all.
            return;
        }

        IsFrozen = false;
        Resumed?.Invoke();
        Action[] late = [.. deferred];
        deferred.Clear();
        foreach (Action action in late)
        {
            Do(action);
        }
    }

    public void Die()
    {
        if (!IsDead)
        {
            IsDead = true;
            deferred.Clear();
            Ended?.Invoke();
        }
    }
}
