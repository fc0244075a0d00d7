using System.Buffers.Binary;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage.ZooKeeper;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Storage;

/// <content>
/// Writing commits. An entry's first byte tells whether the bytes follow, or the number of the parts that hold them. The entry is created last, in one
/// transaction with the check that the parts are there, so that a commit of any size is atomic.
/// </content>
public sealed partial class ZooKeeperStateStore
{
    private const byte Whole = 0;
    private const byte InParts = 1;

    private Operation Fence => Operation.Check(layout.Epoch, epochVersion);

    private static byte[] PartsNote(int parts)
    {
        byte[] note = new byte[5];
        note[0] = InParts;
        BinaryPrimitives.WriteInt32BigEndian(note.AsSpan(1), parts);
        return note;
    }

    /// <summary>Writes commit <paramref name="number"/>; without bytes it only proves that the epoch stands.</summary>
    private async Task WriteAsync(long number, byte[]? bytes)
    {
        if (bytes is null)
        {
            await FencedAsync([Fence], static () => Task.FromResult(false)).ConfigureAwait(false);
            return;
        }

        if (bytes.Length < StoreLayout.PieceBytes)
        {
            byte[] entry = new byte[bytes.Length + 1];
            entry[0] = Whole;
            bytes.CopyTo(entry, 1);
            await CreateEntryAsync(number, [Fence, Operation.Create(layout.Entry(number), entry)]).ConfigureAwait(false);
            return;
        }

        int parts = (bytes.Length + StoreLayout.PieceBytes - 1) / StoreLayout.PieceBytes;
        for (int part = 0; part < parts; part++)
        {
            int from = part * StoreLayout.PieceBytes;
            string path = layout.Part(number, part);
            await FencedAsync(
                [Fence, Operation.Create(path, bytes.AsMemory(from, Math.Min(StoreLayout.PieceBytes, bytes.Length - from)))],
                () => IsThereAsync(path)).ConfigureAwait(false);
        }

        await CreateEntryAsync(
            number,
            [Fence, .. Enumerable.Range(0, parts).Select(part => Operation.Check(layout.Part(number, part), 0)), Operation.Create(layout.Entry(number), PartsNote(parts))])
            .ConfigureAwait(false);
    }

    private Task CreateEntryAsync(long number, Operation[] operations) => FencedAsync(operations, () => IsThereAsync(layout.Entry(number)));

    private async Task<bool> IsThereAsync(string path) => await client!.ExistsAsync(path, cancellationToken: disposal.Token).ConfigureAwait(false) is not null;

    /// <summary>
    /// Does a fenced transaction once. When the connection is lost on the way, it is not guessed whether it was done: the next server is asked, and if
    /// it was not, it is done again. That is safe since no other writer of this epoch exists and what was done cannot be done twice.
    /// </summary>
    private async Task FencedAsync(Operation[] operations, Func<Task<bool>> wasDone)
    {
        bool unknown = false;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (unknown)
                {
                    await client!.SyncAsync(layout.Epoch, disposal.Token).ConfigureAwait(false);
                    if (await wasDone().ConfigureAwait(false))
                    {
                        // In this order: if the epoch still stands, nobody else can have written what is there.
                        if (await EpochStandsAsync().ConfigureAwait(false))
                        {
                            return;
                        }

                        throw TakenOver();
                    }
                }

                await client!.MultiAsync(operations, CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (ZooKeeperMultiException refused) when (refused is { FailedIndex: 0, Error: ZooKeeperError.BadVersion })
            {
                throw unknown ? TakenOver() : new FencedException(epoch);
            }
            catch (ZooKeeperMultiException there) when (unknown && there.Error == ZooKeeperError.NodeExists)
            {
                return;
            }
            catch (ZooKeeperConnectionLostException lost) when (lost.OutcomeUnknown || unknown)
            {
                unknown = true;
                if (disposal.IsCancellationRequested)
                {
                    throw Break(lost, outcomeUnknown: true);
                }
            }
            catch (ZooKeeperConnectionLostException) when (attempt < 3 && !disposal.IsCancellationRequested)
            {
                // It was queued when the connection went, and never sent.
            }
            catch (ZooKeeperException e) when (Lost(e) && e is not ZooKeeperConnectionLostException && !disposal.IsCancellationRequested)
            {
                // The request came over a connection that the servers had given up already, or was thrown away unexecuted: it may be sent again.
                unknown = true;
            }
            catch (ZooKeeperException e)
            {
                throw Break(e, unknown);
            }
            catch (OperationCanceledException e)
            {
                throw Break(new ZooKeeperConnectionLostException("The store was closed while it waited for ZooKeeper.", unknown, inner: e), unknown);
            }
        }
    }

    private async Task<bool> EpochStandsAsync() =>
        await client!.ExistsAsync(layout.Epoch, cancellationToken: disposal.Token).ConfigureAwait(false) is { } held && held.Version == epochVersion;

    private FencedException TakenOver()
    {
        (broken, fenced) = ("It is not known whether the last batch was written before another scheduler took over. The store must be opened again.", true);
        return new FencedException(epoch, broken, outcomeUnknown: true);
    }

    private StateStoreException Break(ZooKeeperException e, bool outcomeUnknown)
    {
        StateStoreException failure = Failure(e, outcomeUnknown);
        if (outcomeUnknown || failure is FencedException || client!.State == SessionState.AuthFailed)
        {
            (broken, fenced) = (failure.Message, failure is FencedException);
        }

        return failure;
    }

    private void Took(long number, IReadOnlyList<Mutation> mutations, int bytes)
    {
        if (mutations.Count == 0)
        {
            return;
        }

        last = number;
        journalEntries++;
        journalBytes += bytes;
        foreach ((string key, byte[]? value) in mutations)
        {
            if (value is null)
            {
                records.Remove(key);
            }
            else
            {
                records[key] = value.AsSpan().ToArray();
            }
        }

        CompactIfDue();
    }
}
