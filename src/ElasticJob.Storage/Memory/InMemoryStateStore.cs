using ElasticJob.Scheduling.State;

namespace ElasticJob.Storage;

/// <summary>
/// A state store in memory, for tests and for debugging: atomic and fenced like the others, gone with the process. A restart or a takeover is
/// played by <see cref="Another"/>.
/// </summary>
public sealed class InMemoryStateStore : IStateStore
{
    private readonly Shelf shelf;
    private long? epoch;
    private bool disposed;

    /// <summary>An empty store.</summary>
    public InMemoryStateStore()
        : this(new Shelf())
    {
    }

    private InMemoryStateStore(Shelf shelf) => this.shelf = shelf;

    /// <summary>Another store over the same records, as the next scheduler would have it. Opening it fences this one.</summary>
    public InMemoryStateStore Another() => new(shelf);

    /// <inheritdoc/>
    public ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        lock (shelf)
        {
            epoch = ++shelf.Epoch;
            var records = new List<Mutation>(shelf.Records.Count);
            foreach ((string key, byte[] value) in shelf.Records)
            {
                records.Add(new Mutation(key, value.AsSpan().ToArray()));
            }

            return new ValueTask<StoredState>(new StoredState(epoch.Value, records));
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (Mutation mutation in mutations)
        {
            ArgumentException.ThrowIfNullOrEmpty(mutation.Key, nameof(mutations));
        }

        lock (shelf)
        {
            long mine = epoch ?? throw new StateStoreException("The state store is not open.");
            if (shelf.Epoch != mine)
            {
                throw new FencedException(mine);
            }

            foreach (Mutation mutation in mutations)
            {
                if (mutation.Value is { } value)
                {
                    shelf.Records[mutation.Key] = value.AsSpan().ToArray();
                }
                else
                {
                    shelf.Records.Remove(mutation.Key);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        disposed = true;
        return ValueTask.CompletedTask;
    }

    /// <summary>What outlives a store.</summary>
    private sealed class Shelf
    {
        public SortedDictionary<string, byte[]> Records { get; } = new(StringComparer.Ordinal);

        public long Epoch { get; set; }
    }
}
