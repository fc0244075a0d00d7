using System.Globalization;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage.ZooKeeper;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Storage;

/// <content>
/// Keeping the journal short, beside the commits: the folded state is written as a new snapshot, the head is set to it, and then what it replaces is
/// deleted. All of it is fenced; whatever a crash leaves behind counts for nothing and is deleted after the next opening.
/// </content>
public sealed partial class ZooKeeperStateStore
{
    private const int DeletesAtOnce = 200;
    private Task compaction = Task.CompletedTask;
    private StoreHead head = StoreHead.Empty;
    private int journalEntries;
    private long journalBytes;
    private long snapshotBytes;

    /// <summary>A snapshot is due after so many commits…</summary>
    internal int CompactAfterEntries { get; init; } = 2_000;

    /// <summary>…or after so many bytes of them, if that is also more than the last snapshot had.</summary>
    internal long CompactAfterBytes { get; init; } = 4 << 20;

    /// <summary>Batches of so many bytes and more are compressed.</summary>
    internal int CompressFrom { get; init; } = RecordCodec.WorthCompressing;

    /// <summary>Whether compaction begins inside the commit that makes it due, for servers that are simulated on one thread.</summary>
    internal bool CompactsAtOnce { get; init; }

    /// <summary>The compaction under way, for tests.</summary>
    internal Task Compaction => compaction;

    private void CompactIfDue()
    {
        bool due = journalEntries >= CompactAfterEntries || journalBytes >= Math.Max(CompactAfterBytes, snapshotBytes);
        if (!due || !compaction.IsCompleted || disposed)
        {
            return;
        }

        // The values never change, so that the list is the state at this commit.
        Mutation[] state = new Mutation[records.Count];
        int i = 0;
        foreach ((string key, byte[] value) in records)
        {
            state[i++] = new Mutation(key, value);
        }

        (int entries, long bytes) = (journalEntries, journalBytes);
        journalEntries = 0;
        journalBytes = 0;
        compaction = CompactAsync(state, last, entries, bytes);
    }

    private void SweepAfterOpening() => compaction = QuietlyAsync(() => SweepAsync(head, epochVersion));

    private async Task CompactAsync(Mutation[] state, long through, int entries, long journal)
    {
        bool done = await QuietlyAsync(async () =>
        {
            int version = epochVersion;
            Operation fence = Operation.Check(layout.Epoch, version);
            byte[] bytes = RecordCodec.Encode(state, CompressFrom);
            string name = string.Create(CultureInfo.InvariantCulture, $"{StoreLayout.EntryName(through)}-{epoch}");
            int pieces = (bytes.Length + StoreLayout.PieceBytes - 1) / StoreLayout.PieceBytes;
            var next = new StoreHead(through, name, pieces);
            await DeleteSnapshotAsync(name, fence).ConfigureAwait(false);
            await client!.MultiAsync([fence, Operation.Create(layout.Snapshot(name))], disposal.Token).ConfigureAwait(false);
            for (int piece = 0; piece < pieces; piece++)
            {
                int from = piece * StoreLayout.PieceBytes;
                await client.MultiAsync(
                    [fence, Operation.Create(layout.Piece(name, piece), bytes.AsMemory(from, Math.Min(StoreLayout.PieceBytes, bytes.Length - from)))],
                    disposal.Token).ConfigureAwait(false);
            }

            await client.MultiAsync([fence, Operation.SetData(layout.Head, next.ToBytes())], disposal.Token).ConfigureAwait(false);
            head = next;
            Interlocked.Exchange(ref snapshotBytes, bytes.Length);
            await SweepAsync(next, version).ConfigureAwait(false);
        }).ConfigureAwait(false);
        if (!done)
        {
            Interlocked.Add(ref journalEntries, entries);
            Interlocked.Add(ref journalBytes, journal);
        }
    }

    /// <summary>Deletes what the head makes needless.</summary>
    private async Task SweepAsync(StoreHead kept, int version)
    {
        Operation fence = Operation.Check(layout.Epoch, version);

        // If setting the head was lost on the way, it may be another one by now.
        StoreHead held = StoreHead.Read((await client!.GetDataAsync(layout.Head, cancellationToken: disposal.Token).ConfigureAwait(false)).Data);
        if (held != kept)
        {
            return;
        }

        NodeChildren journal = await client.GetChildrenAsync(layout.Journal, cancellationToken: disposal.Token).ConfigureAwait(false);
        var entries = journal.Names.Where(name => !StoreLayout.IsPart(name)).Select(StoreLayout.NumberOf).ToHashSet();
        long newest = Math.Max(entries.Count == 0 ? 0 : entries.Max(), kept.Through);
        string[] needless = [.. journal.Names.Where(name =>
            StoreLayout.NumberOf(name) <= kept.Through
            || (StoreLayout.IsPart(name) && StoreLayout.NumberOf(name) < newest && !entries.Contains(StoreLayout.NumberOf(name))))];
        foreach (string[] some in needless.Chunk(DeletesAtOnce))
        {
            await client.MultiAsync([fence, .. some.Select(name => Operation.Delete($"{layout.Journal}/{name}"))], disposal.Token).ConfigureAwait(false);
        }

        NodeChildren snapshots = await client.GetChildrenAsync(layout.Snapshots, cancellationToken: disposal.Token).ConfigureAwait(false);
        foreach (string name in snapshots.Names.Where(name => name != kept.Snapshot))
        {
            await DeleteSnapshotAsync(name, fence).ConfigureAwait(false);
        }
    }

    private async Task DeleteSnapshotAsync(string name, Operation fence)
    {
        if (await client!.ExistsAsync(layout.Snapshot(name), cancellationToken: disposal.Token).ConfigureAwait(false) is null)
        {
            return;
        }

        NodeChildren pieces = await client.GetChildrenAsync(layout.Snapshot(name), cancellationToken: disposal.Token).ConfigureAwait(false);
        foreach (string[] some in pieces.Names.Chunk(DeletesAtOnce))
        {
            await client.MultiAsync([fence, .. some.Select(piece => Operation.Delete($"{layout.Snapshot(name)}/{piece}"))], disposal.Token).ConfigureAwait(false);
        }

        await client.MultiAsync([fence, Operation.Delete(layout.Snapshot(name))], disposal.Token).ConfigureAwait(false);
    }

    /// <summary>Runs beside the commits. A failure costs nothing: the journal grows until the next attempt, and a fenced writer learns it by its commit.</summary>
    private async Task<bool> QuietlyAsync(Func<Task> work)
    {
        if (!CompactsAtOnce)
        {
            await Task.Yield();
        }

        try
        {
            await work().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is ZooKeeperException or OperationCanceledException)
        {
            return false;
        }
    }
}
