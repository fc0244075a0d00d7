namespace ElasticJob.Simulation.ZooKeeper;

/// <summary>A session as the servers know it.</summary>
internal sealed class SimulatedSession(SimulatedZooKeeper client)
{
    public SimulatedZooKeeper Client { get; } = client;

    /// <summary>Changes whenever the client falls silent or is heard of, so that an old suspicion is told from a new one.</summary>
    public long Silence { get; set; }
}
