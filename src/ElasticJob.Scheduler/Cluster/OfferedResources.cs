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

    /// <summary>Takes this much out of the pool, or nothing and gives null back if the pool has less.</summary>
    public List<Resource>? Take(Resources needed)
    {
        var taken = new List<Resource>();
        if (Take("cpus", needed.MilliCpus, taken) && Take("mem", needed.MilliMemory, taken) && Take("disk", needed.MilliDisk, taken))
        {
            return taken;
        }

        PutBack(taken);
        return null;
    }

    /// <summary>What was taken goes to where it came from.</summary>
    public void PutBack(IEnumerable<Resource> taken)
    {
        foreach (Resource piece in taken)
        {
            Resource home = pool.First(r => IsSameKind(r, piece));
            home.Scalar.Value = (Milli(home) + Milli(piece)) / 1000d;
        }
    }

    private static bool IsUsable(Resource resource) =>
        resource.Type == Value.Types.Type.Scalar && resource.Revocable is null && resource.Shared is null && resource.Disk?.Persistence is null && resource.Disk?.Source is null;

    private bool Take(string name, long milli, List<Resource> taken)
    {
        foreach (Resource resource in pool)
        {
            if (milli <= 0)
            {
                return true;
            }

            long has = Milli(resource);
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

        return milli <= 0;
    }

    private static long Milli(Resource resource) => (long)Math.Round(resource.Scalar.Value * 1000);

    /// <summary>Whether they differ at most in how much there is.</summary>
    private static bool IsSameKind(Resource one, Resource other)
    {
        Resource same = one.Clone();
        same.Scalar = other.Scalar;
        return same.Equals(other);
    }
}
