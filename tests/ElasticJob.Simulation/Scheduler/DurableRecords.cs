using ElasticJob.Scheduling.State;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>What must be in the state store: all batches that became durable, folded in order. What a scheduler loads is compared with it.</summary>
internal sealed class DurableRecords
{
    private readonly SortedDictionary<string, byte[]> records = new(StringComparer.Ordinal);

    public int Count => records.Count;

    public IEnumerable<string> Keys => records.Keys;

    public IReadOnlyList<Mutation> Read() => [.. records.Select(r => new Mutation(r.Key, r.Value))];

    public void Apply(IReadOnlyList<Mutation> mutations)
    {
        foreach ((string key, byte[]? value) in mutations)
        {
            if (value is null)
            {
                records.Remove(key);
            }
            else
            {
                records[key] = value;
            }
        }
    }

    /// <summary>The first key of which a store has something else; null if there is none.</summary>
    public string? DifferenceTo(IReadOnlyList<Mutation> loaded)
    {
        Dictionary<string, byte[]> others = loaded.ToDictionary(m => m.Key, m => m.Value!);
        return records.Keys.Union(others.Keys).FirstOrDefault(key =>
            !records.TryGetValue(key, out byte[]? mine) || !others.TryGetValue(key, out byte[]? other) || !mine.AsSpan().SequenceEqual(other));
    }
}
