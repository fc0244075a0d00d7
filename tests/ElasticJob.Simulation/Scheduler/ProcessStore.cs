using ElasticJob.Scheduling.State;
using ElasticJob.Simulation.Planning;
using ElasticJob.Storage;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>
/// The real state store of one process, with eyes and faults around it: what a commit holds is told to the world in the moment when the servers have it,
/// whether or not its writer ever learns; and the process can die right before or right after.
/// </summary>
internal sealed class ProcessStore(SimulatedWorld world, SimulatedProcess process, CrashPlan crash, IStateStore real) : IStateStore
{
    private Batch? batch;
    private Task tail = Task.CompletedTask;

    public long Epoch { get; private set; }

    /// <summary>When the last commit that succeeded was begun.</summary>
    public TimeSpan ProvenAt { get; private set; }

    public bool IsBusy { get; private set; }

    public TimeSpan ProofHolds => real.ProofHolds;

    public async ValueTask<StoredState> OpenAsync(CancellationToken cancellationToken)
    {
        TimeSpan begun = world.Timeline.Now;
        StoredState stored = await real.OpenAsync(cancellationToken).ConfigureAwait(false);
        Epoch = stored.Epoch;
        ProvenAt = begun;
        world.Opened(this, stored.Records);
        return stored with { Records = world.Planted.Loaded(stored.Records) };
    }

    public async ValueTask CommitAsync(IReadOnlyList<Mutation> mutations, CancellationToken cancellationToken)
    {
        IsBusy = true;
        if (mutations.Count > 0 && crash.Strikes(CrashPoint.BeforeCommit))
        {
            await Never().ConfigureAwait(false);
        }

        TimeSpan begun = world.Timeline.Now;
        if (batch?.Decided != mutations)
        {
            batch = new Batch(mutations, world.Planted.Written(mutations), world.Wall);
        }

        if (world.Bug == PlantedBug.AnsweredBeforeDurable)
        {
            tail = AfterAsync(tail, batch);
        }
        else
        {
            await CommitAsync(batch).ConfigureAwait(false);
        }

        if (mutations.Count > 0 && crash.Strikes(CrashPoint.AfterCommit))
        {
            await Never().ConfigureAwait(false);
        }

        ProvenAt = begun;
        IsBusy = false;
    }

    public ValueTask DisposeAsync() => real.DisposeAsync();

    /// <summary>The servers have the batch.</summary>
    public void Durable()
    {
        if (batch is { IsDurable: false } written)
        {
            written.IsDurable = true;
            world.Committed(this, written.Written, EventOutbox.Read(written.Decided), written.Wall);
        }
    }

    private async Task AfterAsync(Task before, Batch late)
    {
        await before.ConfigureAwait(false);
        batch = late;
        await CommitAsync(late).ConfigureAwait(false);
    }

    private async Task CommitAsync(Batch sent)
    {
        try
        {
            await real.CommitAsync(sent.Written, CancellationToken.None).ConfigureAwait(false);
        }
        catch (FencedException)
        {
            process.After(SimulatedDriver.LastWords, process.Die);
            throw;
        }
    }

    private Task Never()
    {
        process.Die();
        return new TaskCompletionSource().Task;
    }

    private sealed class Batch(IReadOnlyList<Mutation> decided, IReadOnlyList<Mutation> written, DateTimeOffset wall)
    {
        public IReadOnlyList<Mutation> Decided { get; } = decided;

        public IReadOnlyList<Mutation> Written { get; } = written;

        /// <summary>The wall clock when it was decided.</summary>
        public DateTimeOffset Wall { get; } = wall;

        public bool IsDurable { get; set; }
    }
}
