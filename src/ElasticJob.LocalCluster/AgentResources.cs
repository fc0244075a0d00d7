namespace ElasticJob.Local;

/// <summary>What one agent offers. These are amounts to account with, not limits that the system enforces.</summary>
/// <param name="Cpus">Processors; fractions down to 0.001.</param>
/// <param name="MemoryMegabytes">Memory in MiB.</param>
/// <param name="DiskMegabytes">Disk in MiB.</param>
public sealed record AgentResources(double Cpus, double MemoryMegabytes, double DiskMegabytes)
{
    /// <summary>
    /// This machine's share for each of <paramref name="agents"/> agents: eight cpus per processor (at least 4 processors are assumed), three quarters of
    /// the memory, nine tenths of the free disk that holds <paramref name="workDirectory"/>. Jobs mostly wait for something else than the
    /// processor, and one machine has nowhere else to put them: hence the overcommitment of cpus.
    /// </summary>
    public static AgentResources OfThisMachine(int agents, string workDirectory)
    {
        const double MegaByte = 1024 * 1024;
        double cpus = Math.Max(Environment.ProcessorCount, 4) * 8;
        double memory = Math.Max(1024, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MegaByte * 0.75);
        double disk = Math.Max(1024, new DriveInfo(Path.GetFullPath(workDirectory)).AvailableFreeSpace / MegaByte * 0.9);
        return new AgentResources(Math.Floor(cpus / agents), Math.Floor(memory / agents), Math.Floor(disk / agents));
    }
}
