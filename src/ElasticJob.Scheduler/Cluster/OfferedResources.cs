using ElasticJob.Mesos.V1;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>
/// The resources of the accepted offers of one agent, carved up for executors and tasks. What is reserved for the role goes first, so that
/// unreserved resources stay for others. Persistent volumes, revocable and shared resources are not used.
/// </summary>
internal sealed class OfferedResources
{
    private readonly List<Resource> pool;

    public OfferedResources(IEnumerable<Resource> offered) =>
        pool = [.. offered.Where(IsUsable).OrderByDescending(r => r.Reservations.Count > 0).Select(r => r.Clone())];

    /// <summary>What of an offer can be used at all.</summary>
    public static Resources Usable(IEnumerable<Resource> offered)
    {
        double cpus = 0, memory = 0, disk = 0;
        foreach (Resource resource in offered.Where(IsUsable))
        {
            switch (resource.Name)
            {
                case "cpus":
                    cpus += resource.Scalar.Value;
                    break;
                case "mem":
                    memory += resource.Scalar.Value;
                    break;
                case "disk":
                    disk += resource.Scalar.Value;
                    break;
                default:
                    break;
            }
        }

        return Resources.Of(cpus, memory, disk);
    }

    /// <summary>Takes this much out of the pool.</summary>
    public List<Resource> Take(Resources needed)
    {
        var taken = new List<Resource>();
        Take("cpus", needed.MilliCpus, taken);
        Take("mem", needed.MilliMemory, taken);
        Take("disk", needed.MilliDisk, taken);
        return taken;
    }

    private static bool IsUsable(Resource resource) =>
        resource.Type == Value.Types.Type.Scalar && resource.Revocable is null && resource.Shared is null && resource.Disk?.Persistence is null && resource.Disk?.Source is null;

    private void Take(string name, long milli, List<Resource> taken)
    {
        foreach (Resource resource in pool)
        {
            if (milli <= 0)
            {
                return;
            }

            long has = (long)Math.Round(resource.Scalar.Value * 1000);
            if (resource.Name != name || has <= 0)
            {
                continue;
            }

            long part = Math.Min(has, milli);
            Resource piece = resource.Clone();
            piece.Scalar.Value = part / 1000d;
            taken.Add(piece);
            resource.Scalar.Value = (has - part) / 1000d;
            milli -= part;
        }
    }
}
