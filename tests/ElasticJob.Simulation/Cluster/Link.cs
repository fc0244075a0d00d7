using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation.Cluster;

/// <summary>A subscription of a scheduler. Calls on one that is over are refused.</summary>
internal sealed class Link(SimulatedDriver driver)
{
    public SimulatedDriver Driver { get; } = driver;

    public bool IsOpen { get; set; }

    /// <summary>Before this time nothing more arrives, so that one connection keeps its order.</summary>
    public TimeSpan LastArrival { get; set; }
}
