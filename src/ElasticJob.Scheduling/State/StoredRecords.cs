namespace ElasticJob.Scheduling.State;

/// <summary>The durable records in the order of their keys: found by key, and by the beginning of the key.</summary>
internal sealed class StoredRecords
{
    private readonly KeyValuePair<string, byte[]>[] sorted;

    public StoredRecords(IReadOnlyList<Mutation> records)
    {
        sorted = [.. from record in records where record.Value is not null select KeyValuePair.Create(record.Key, record.Value)];
        bool ordered = true;
        for (int i = 1; i < sorted.Length && ordered; i++)
        {
            ordered = string.CompareOrdinal(sorted[i - 1].Key, sorted[i].Key) < 0;
        }

        if (!ordered)
        {
            // Stores keep them in order; tests and the simulator need not.
            Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        }
    }

    /// <summary>The records whose keys begin with <paramref name="prefix"/>, in order.</summary>
    public ReadOnlyMemory<KeyValuePair<string, byte[]>> Below(string prefix)
    {
        int from = FirstAtOrAfter(prefix);
        int to = from;
        while (to < sorted.Length && sorted[to].Key.StartsWith(prefix, StringComparison.Ordinal))
        {
            to++;
        }

        return sorted.AsMemory(from, to - from);
    }

    /// <summary>The value of one record; null if it is not stored.</summary>
    public byte[]? Find(string key)
    {
        int at = FirstAtOrAfter(key);
        return at < sorted.Length && sorted[at].Key == key ? sorted[at].Value : null;
    }

    private int FirstAtOrAfter(string key)
    {
        int from = 0;
        int to = sorted.Length;
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            if (string.CompareOrdinal(sorted[middle].Key, key) < 0)
            {
                from = middle + 1;
            }
            else
            {
                to = middle;
            }
        }

        return from;
    }
}
