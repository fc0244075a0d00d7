using System.Globalization;

namespace ElasticJob.Local.Resources;

/// <summary>
/// An amount of resources that can be added, subtracted and compared. Scalars are kept in thousandths, as Mesos does, so that a hundred
/// additions of 0.1 are exactly 10; ranges (ports) are kept as disjoint, sorted intervals.
/// </summary>
internal sealed class ResourceSum
{
    private readonly Dictionary<string, long> _scalars = [];
    private readonly Dictionary<string, List<(ulong Begin, ulong End)>> _ranges = [];

    public bool IsEmpty => _scalars.Values.All(amount => amount == 0) && _ranges.Values.All(list => list.Count == 0);

    public static ResourceSum Of(IEnumerable<Resource> resources)
    {
        var sum = new ResourceSum();
        foreach (Resource resource in resources)
        {
            sum.Add(resource);
        }

        return sum;
    }

    /// <summary>Thousandths of the scalar called <paramref name="name"/>.</summary>
    public long Thousandths(string name) => _scalars.GetValueOrDefault(name);

    public ResourceSum Copy() => new ResourceSum().Add(this);

    public ResourceSum Add(ResourceSum other)
    {
        foreach ((string name, long amount) in other._scalars)
        {
            _scalars[name] = _scalars.GetValueOrDefault(name) + amount;
        }

        foreach ((string name, List<(ulong Begin, ulong End)> ranges) in other._ranges)
        {
            foreach ((ulong begin, ulong end) in ranges)
            {
                AddRange(name, begin, end);
            }
        }

        return this;
    }

    /// <summary>Takes away; what is not there is not taken, a scalar never falls below zero.</summary>
    public ResourceSum Subtract(ResourceSum other)
    {
        foreach ((string name, long amount) in other._scalars)
        {
            _scalars[name] = Math.Max(0, _scalars.GetValueOrDefault(name) - amount);
        }

        foreach ((string name, List<(ulong Begin, ulong End)> ranges) in other._ranges)
        {
            foreach ((ulong begin, ulong end) in ranges)
            {
                SubtractRange(name, begin, end);
            }
        }

        return this;
    }

    public bool Contains(ResourceSum other) =>
        other._scalars.All(wanted => _scalars.GetValueOrDefault(wanted.Key) >= wanted.Value)
        && other._ranges.All(wanted => wanted.Value.TrueForAll(range =>
            _ranges.TryGetValue(wanted.Key, out List<(ulong Begin, ulong End)>? mine)
            && mine.Exists(have => have.Begin <= range.Begin && have.End >= range.End)));

    /// <summary>The larger of the shares of <paramref name="total"/>: the dominant share of DRF.</summary>
    public double DominantShare(ResourceSum total)
    {
        double share = 0;
        foreach ((string name, long amount) in _scalars)
        {
            long all = total.Thousandths(name);
            share = all > 0 ? Math.Max(share, (double)amount / all) : share;
        }

        return share;
    }

    /// <summary>As resources of an offer; with <paramref name="role"/> they are allocated to it.</summary>
    public IEnumerable<Resource> ToResources(string? role = null)
    {
        foreach ((string name, long amount) in _scalars.Where(scalar => scalar.Value > 0).OrderBy(scalar => scalar.Key, StringComparer.Ordinal))
        {
            var scalar = new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount / 1000d } };
            yield return Allocated(scalar, role);
        }

        foreach ((string name, List<(ulong Begin, ulong End)> list) in _ranges.Where(range => range.Value.Count > 0))
        {
            var ranges = new Resource { Name = name, Type = Value.Types.Type.Ranges, Ranges = new Value.Types.Ranges() };
            ranges.Ranges.Range.Add(list.Select(range => new Value.Types.Range { Begin = range.Begin, End = range.End }));
            yield return Allocated(ranges, role);
        }
    }

    public override string ToString() => string.Join("; ", _scalars
        .OrderBy(scalar => scalar.Key, StringComparer.Ordinal)
        .Select(scalar => $"{scalar.Key}:{(scalar.Value / 1000d).ToString(CultureInfo.InvariantCulture)}")
        .Concat(_ranges.Select(range => $"{range.Key}:[{string.Join(", ", range.Value.Select(one => $"{one.Begin}-{one.End}"))}]")));

    private static Resource Allocated(Resource resource, string? role)
    {
        resource.Role = "*";
        if (role is not null)
        {
            resource.AllocationInfo = new Resource.Types.AllocationInfo { Role = role };
        }

        return resource;
    }

    private void Add(Resource resource)
    {
        if (resource.Type == Value.Types.Type.Scalar && resource.Scalar is not null)
        {
            _scalars[resource.Name] = _scalars.GetValueOrDefault(resource.Name) + (long)Math.Round(resource.Scalar.Value * 1000);
        }
        else if (resource.Type == Value.Types.Type.Ranges && resource.Ranges is not null)
        {
            foreach (Value.Types.Range range in resource.Ranges.Range)
            {
                AddRange(resource.Name, range.Begin, range.End);
            }
        }
    }

    private void AddRange(string name, ulong begin, ulong end)
    {
        List<(ulong Begin, ulong End)> merged = [];
        foreach ((ulong b, ulong e) in _ranges.GetValueOrDefault(name) ?? [])
        {
            bool apart = (e != ulong.MaxValue && e + 1 < begin) || (end != ulong.MaxValue && end + 1 < b);
            if (apart)
            {
                merged.Add((b, e));
            }
            else
            {
                begin = Math.Min(begin, b);
                end = Math.Max(end, e);
            }
        }

        merged.Add((begin, end));
        merged.Sort();
        _ranges[name] = merged;
    }

    private void SubtractRange(string name, ulong begin, ulong end)
    {
        List<(ulong Begin, ulong End)> left = [];
        foreach ((ulong b, ulong e) in _ranges.GetValueOrDefault(name) ?? [])
        {
            if (e < begin || b > end)
            {
                left.Add((b, e));
                continue;
            }

            if (b < begin)
            {
                left.Add((b, begin - 1));
            }

            if (e > end)
            {
                left.Add((end + 1, e));
            }
        }

        _ranges[name] = left;
    }
}
