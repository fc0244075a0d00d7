using System.Globalization;
using System.Text;

namespace ElasticJob.Storage.ZooKeeper;

/// <summary>
/// Where things are below the store's root; see docs/designs/zookeeper-store.md.
/// <code>
///   root                  "elasticjob-state layout=1"
///   root/epoch            the writer's epoch; its version fences
///   root/head             which snapshot counts, and up to which commit it goes
///   root/journal/N        commit N, or a note that its parts N-0, N-1, … belong together
///   root/snapshots/S/0…   the bytes of snapshot S, cut into pieces
/// </code>
/// </summary>
internal sealed record StoreLayout(string Root)
{
    public const int Version = 1;

    /// <summary>Largest data of one node; leaves room for the rest of the request below the servers' limit of 1 MB.</summary>
    public const int PieceBytes = 900 * 1024;

    private const string Mark = "elasticjob-state layout=";

    public string Epoch => $"{Root}/epoch";

    public string Head => $"{Root}/head";

    public string Journal => $"{Root}/journal";

    public string Snapshots => $"{Root}/snapshots";

    public static byte[] RootData => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark}{Version}"));

    /// <summary>The layout that a root's data tells; null if it is not the root of a store.</summary>
    public static int? ReadVersion(byte[] data)
    {
        string text = Encoding.UTF8.GetString(data);
        return text.StartsWith(Mark, StringComparison.Ordinal) && int.TryParse(text.AsSpan(Mark.Length), CultureInfo.InvariantCulture, out int version) ? version : null;
    }

    public string Entry(long number) => $"{Journal}/{EntryName(number)}";

    public string Part(long number, int part) => string.Create(CultureInfo.InvariantCulture, $"{Entry(number)}-{part:00000}");

    public string Snapshot(string name) => $"{Snapshots}/{name}";

    public string Piece(string snapshot, int piece) => string.Create(CultureInfo.InvariantCulture, $"{Snapshot(snapshot)}/{piece:00000}");

    public static string EntryName(long number) => number.ToString("000000000000", CultureInfo.InvariantCulture);

    /// <summary>The commit that a child of the journal belongs to.</summary>
    public static long NumberOf(string name) => long.Parse(name.AsSpan(0, 12), CultureInfo.InvariantCulture);

    public static bool IsPart(string name) => name.Contains('-');
}
