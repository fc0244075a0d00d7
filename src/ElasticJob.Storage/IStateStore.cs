using ElasticJob.Scheduling.State;

namespace ElasticJob.Storage;

/// <summary>
/// The state store: records by key, changed by atomic batches, with one writer at a time. The writer is whoever opened the store last: opening
/// raises the epoch, and a commit under an older epoch is refused whole.
/// </summary>
public interface IStateStore : IAsyncDisposable
{
    /// <summary>
    /// For how long after a commit was begun its success proves that nobody else acts. A process that stood still longer must prove it again before it
    /// acts; unlimited where a lock keeps others out.
    /// </summary>
    TimeSpan ProofHolds => TimeSpan.MaxValue;

    /// <summary>
    /// Whether a lock keeps others from opening the store while it is open. Otherwise somebody else may lead at any moment, and whoever acts without anything
    /// to write proves by an empty commit that it is still the writer.
    /// </summary>
    bool KeepsOthersOut => false;

    /// <summary>Becomes the writer and reads everything.</summary>
    /// <exception cref="StateStoreException">The store cannot be used; the message says why and what to do.</exception>
    ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="mutations"/> durably, or none. When it returns, they survive any crash.</summary>
    /// <exception cref="FencedException">Another writer opened the store; nothing was written and nothing can be any more.</exception>
    /// <exception cref="StateStoreException">It failed (disk full, say) and nothing was written; or it is not known whether it was written.</exception>
    ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken);
}
