namespace ElasticJob.Simulation.Time;

/// <summary>Random numbers from a seed (SplitMix64): the same on every machine and in every version of .NET.</summary>
internal sealed class Rng(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public int Between(int low, int high) => low + Below(high - low + 1);

    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    public T Pick<T>(params T[] choices) => choices[Below(choices.Length)];

    public TimeSpan Span(double fromSeconds, double toSeconds) =>
        TimeSpan.FromTicks((long)((fromSeconds + (Unit() * (toSeconds - fromSeconds))) * TimeSpan.TicksPerSecond));

    /// <summary>Independent numbers for one thing, by its name: what is dropped elsewhere does not change them.</summary>
    public static Rng For(ulong seed, string name)
    {
        ulong hash = 14695981039346656037 ^ seed;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return new Rng(hash);
    }
}
