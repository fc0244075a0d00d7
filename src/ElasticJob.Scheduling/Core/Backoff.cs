namespace ElasticJob.Scheduling.Core;

/// <summary>Pauses that double.</summary>
internal static class Backoff
{
    /// <summary>The pause after so many times in vain, from 1: the shortest at first, twice as long each time, never more than the longest.</summary>
    public static TimeSpan After(int times, TimeSpan shortest, TimeSpan longest)
    {
        double factor = Math.Pow(2, Math.Min(times - 1, 30));
        return shortest * factor < longest ? shortest * factor : longest;
    }
}
