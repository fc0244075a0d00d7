using System.Buffers.Binary;
using ElasticJob.Storage.ZooKeeper;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Storage;

/// <content>Reading the snapshot and the journal after it; all reads are on their way at once.</content>
public sealed partial class ZooKeeperStateStore
{
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        NodeData headNode = await client!.GetDataAsync(layout.Head, cancellationToken: cancellationToken).ConfigureAwait(false);
        head = StoreHead.Read(headNode.Data);
        NodeChildren journal = await client.GetChildrenAsync(layout.Journal, cancellationToken: cancellationToken).ConfigureAwait(false);
        Task<NodeData>[] pieces = [.. Enumerable.Range(0, head.Pieces).Select(
            piece => client.GetDataAsync(layout.Piece(head.Snapshot, piece), cancellationToken: cancellationToken))];
        string[] names = [.. journal.Names.Where(name => !StoreLayout.IsPart(name) && StoreLayout.NumberOf(name) > head.Through).Order(StringComparer.Ordinal)];
        Task<NodeData>[] entries = [.. names.Select(name => client.GetDataAsync($"{layout.Journal}/{name}", cancellationToken: cancellationToken))];

        records.Clear();
        NodeData[] snapshot = await Task.WhenAll(pieces).ConfigureAwait(false);
        if (snapshot.Length > 0)
        {
            snapshotBytes = snapshot.Sum(piece => (long)piece.Data.Length);
            RecordCodec.Fold(Join(snapshot, snapshotBytes), records);
        }

        journalEntries = 0;
        journalBytes = 0;
        for (int i = 0; i < names.Length; i++)
        {
            byte[] entry = (await entries[i].ConfigureAwait(false)).Data;
            byte[] bytes = entry is [InParts, ..]
                ? await JoinPartsAsync(StoreLayout.NumberOf(names[i]), BinaryPrimitives.ReadInt32BigEndian(entry.AsSpan(1)), cancellationToken).ConfigureAwait(false)
                : entry[1..];
            RecordCodec.Fold(bytes, records);
            journalEntries++;
            journalBytes += bytes.Length;
        }

        // Parts of a commit that never came to be keep their numbers; nothing else may take them.
        last = Math.Max(head.Through, journal.Names.Count == 0 ? 0 : journal.Names.Max(StoreLayout.NumberOf));
        SweepAfterOpening();
    }

    private async Task<byte[]> JoinPartsAsync(long number, int parts, CancellationToken cancellationToken)
    {
        NodeData[] read = await Task.WhenAll(Enumerable.Range(0, parts).Select(
            part => client!.GetDataAsync(layout.Part(number, part), cancellationToken: cancellationToken))).ConfigureAwait(false);
        return Join(read, read.Sum(part => (long)part.Data.Length));
    }

    private static byte[] Join(NodeData[] pieces, long length)
    {
        byte[] whole = new byte[length];
        int at = 0;
        foreach (NodeData piece in pieces)
        {
            piece.Data.CopyTo(whole, at);
            at += piece.Data.Length;
        }

        return whole;
    }
}
