using ElasticJob.Simulation.Scheduler;

namespace ElasticJob.Simulation.Cluster;

/// <summary>A subscription of a scheduler. Calls on one that is over are refused.</summary>
internal sealed class Link(SimulatedDriver driver)
{
    public SimulatedDriver Driver { get; } = driver;

    public bool IsOpen { get; set; }

    /// <summary>Open as far as the master knows, and nothing comes out of it any more: not even that another one took its place.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Before this time nothing more arrives, so that one connection keeps its order.</summary>
    public TimeSpan LastArrival { get; set; }
}
