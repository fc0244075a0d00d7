namespace ElasticJob.Scheduling.Definitions.Reading;

/// <summary>Finds the word that was probably meant.</summary>
internal static class DidYouMean
{
    /// <summary>The closest of <paramref name="words"/>, if it is close enough to be a slip of the finger.</summary>
    public static string? Closest(string typed, IEnumerable<string> words)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string word in words)
        {
            int distance = Distance(Letters(typed), Letters(word));
            if (distance < bestDistance)
            {
                (best, bestDistance) = (word, distance);
            }
        }

        return bestDistance <= Math.Max(1, typed.Length / 3) ? best : null;
    }

    private static string Letters(string word) => word.Length > 64 ? word[..64] : word.Replace("_", "").Replace("-", "").ToLowerInvariant();

    // Levenshtein, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
