using System.Globalization;
using System.Text;

namespace ElasticJob.Storage.ZooKeeper;

/// <summary>Which snapshot counts.</summary>
/// <param name="Through">The last commit that the snapshot holds; 0 for none.</param>
/// <param name="Snapshot">Its name; empty for none.</param>
/// <param name="Pieces">Of how many nodes it is.</param>
internal sealed record StoreHead(long Through, string Snapshot, int Pieces)
{
    public static StoreHead Empty { get; } = new(0, "-", 0);

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Through} {Snapshot} {Pieces}"));

    public static StoreHead Read(byte[] data) =>
        Encoding.UTF8.GetString(data).Split(' ') is [var through, var snapshot, var pieces]
        && long.TryParse(through, CultureInfo.InvariantCulture, out long last) && int.TryParse(pieces, CultureInfo.InvariantCulture, out int count)
            ? new StoreHead(last, snapshot, count)
            : throw new StateStoreException("The state store's head node in ZooKeeper is damaged. Restore the definitions from a backup into an empty place.");
}
