namespace ElasticJob.Events;

/// <summary>A part of a longer answer.</summary>
/// <param name="Items">The items, in the order that was asked for.</param>
/// <param name="Next">Cursor of the part that follows; absent when nothing does.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Which part of an answer is wanted.</summary>
/// <param name="Size">Most items, 1 to 1,000.</param>
/// <param name="Cursor">The <see cref="Page{T}.Next"/> of the part before; absent for the first. A cursor belongs to its query and order.</param>
/// <param name="OldestFirst">Whether the oldest comes first; the newest by default.</param>
public sealed record PageRequest(int Size = 50, string? Cursor = null, bool OldestFirst = false)
{
    internal void Check()
    {
        if (Size is < 1 or > 1_000)
        {
            throw new ArgumentException($"A page has 1 to 1,000 items, not {Size}.");
        }
    }
}
