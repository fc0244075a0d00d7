using ElasticJob.Scheduling.State;
using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>A state store each of whose commits proves the lease.</summary>
internal sealed class ProvingStateStore(IStateStore store, Lease lease) : IStateStore
{
    public TimeSpan ProofHolds => store.ProofHolds;

    public bool KeepsOthersOut => store.KeepsOthersOut;

    public async ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
    {
        StoredState stored = await store.OpenAsync(cancellationToken).ConfigureAwait(false);

        // What raised the epoch came before all of the reading; a write of its own proves the lease from here on.
        await CommitAsync([], cancellationToken).ConfigureAwait(false);
        return stored;
    }

    public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        LeaseMark mark = lease.Mark();
        await store.CommitAsync(mutations, cancellationToken).ConfigureAwait(false);
        lease.Prove(mark);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
