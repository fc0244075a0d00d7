using System.Globalization;
using System.Text.Json.Serialization;

namespace ElasticJob.Scheduling.Definitions;

/// <summary>An amount of CPU, memory and disk, in thousandths so that sums are exact (Mesos compares with the same precision).</summary>
/// <param name="MilliCpus">Thousandths of a CPU.</param>
/// <param name="MilliMemory">Thousandths of a MiB of memory.</param>
/// <param name="MilliDisk">Thousandths of a MiB of disk.</param>
public readonly record struct Resources(long MilliCpus, long MilliMemory, long MilliDisk = 0)
{
    /// <summary>Nothing.</summary>
    public static readonly Resources None;

    /// <summary>CPUs.</summary>
    [JsonIgnore]
    public double Cpus => MilliCpus / 1000d;

    /// <summary>Memory in MiB.</summary>
    [JsonIgnore]
    public double MemoryMiB => MilliMemory / 1000d;

    /// <summary>Disk in MiB.</summary>
    [JsonIgnore]
    public double DiskMiB => MilliDisk / 1000d;

    /// <summary>From CPUs and MiB.</summary>
    public static Resources Of(double cpus, double memoryMiB, double diskMiB = 0) =>
        new((long)Math.Round(cpus * 1000), (long)Math.Round(memoryMiB * 1000), (long)Math.Round(diskMiB * 1000));

    /// <summary>Whether this much can be taken out of <paramref name="available"/>.</summary>
    public bool FitsIn(Resources available) =>
        MilliCpus <= available.MilliCpus && MilliMemory <= available.MilliMemory && MilliDisk <= available.MilliDisk;

    /// <summary>How often this much can be taken out of <paramref name="available"/>; a million times for nothing.</summary>
    public long TimesIn(Resources available)
    {
        const long Often = 1_000_000;
        static long Times(long needed, long there) => needed <= 0 ? Often : Math.Clamp(there / needed, 0, Often);
        return Math.Min(Times(MilliCpus, available.MilliCpus), Math.Min(Times(MilliMemory, available.MilliMemory), Times(MilliDisk, available.MilliDisk)));
    }

    /// <summary>Sum.</summary>
    public static Resources operator +(Resources a, Resources b) =>
        new(a.MilliCpus + b.MilliCpus, a.MilliMemory + b.MilliMemory, a.MilliDisk + b.MilliDisk);

    /// <summary>Difference.</summary>
    public static Resources operator -(Resources a, Resources b) =>
        new(a.MilliCpus - b.MilliCpus, a.MilliMemory - b.MilliMemory, a.MilliDisk - b.MilliDisk);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Cpus:0.###} CPU, {MemoryMiB:0.###} MiB memory, {DiskMiB:0.###} MiB disk");
}
