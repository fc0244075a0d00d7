using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Simulation.Cluster;

/// <summary>What the master believes of an agent.</summary>
internal sealed class Registration(Agent agent)
{
    public Agent Agent { get; } = agent;

    public bool IsUnreachable { get; set; }

    public bool IsGone { get; set; }

    public Dictionary<string, (TaskState State, Resources Resources, string Executor)> Tasks { get; } = [];

    public Dictionary<string, Resources> Executors { get; } = [];

    public TimeSpan RefusedUntil { get; set; }

    /// <summary>What other frameworks use there.</summary>
    public Resources Others { get; set; } = Resources.None;

    public bool IsActive => !IsUnreachable && !IsGone;

    public Resources Used()
    {
        Resources used = Resources.None;
        foreach (Resources executor in Executors.Values)
        {
            used += executor;
        }

        foreach ((TaskState State, Resources Resources, string) task in Tasks.Values)
        {
            used += Master.IsEnded(task.State) ? Resources.None : task.Resources;
        }

        return used;
    }
}
