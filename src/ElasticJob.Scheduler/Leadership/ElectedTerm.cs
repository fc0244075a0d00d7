using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Recipes;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>
/// One term of an elected leader. While it lasts, the session is watched (suspended: the lease is not held; ended: the term is over) and the lease is
/// proven every sixth of the session's timeout, unless a commit has done so.
/// </summary>
internal sealed class ElectedTerm : IAsyncDisposable
{
    private static readonly TimeSpan ResignPatience = TimeSpan.FromSeconds(2);

    private readonly ZooKeeperClient client;
    private readonly LeaderElection election;
    private readonly TimeProvider time;
    private readonly TimeSpan proofInterval;
    private readonly ProvingStateStore store;
    private volatile string? fault = "The state is being read.";

    public ElectedTerm(ZooKeeperClient client, LeaderElection election, TimeProvider time)
    {
        this.client = client;
        this.election = election;
        this.time = time;
        Lease = new Lease(client.SessionTimeout, time);
        Clock = new TakeoverClock(time);
        store = new ProvingStateStore(new ZooKeeperStateStore(client), Lease);
        proofInterval = client.SessionTimeout / 6;
    }

    public Lease Lease { get; }

    public TakeoverClock Clock { get; }

    /// <summary>Why the lease is not held, or was lost.</summary>
    public string? Fault => fault;

    /// <summary>Leads until the term is over. Cancelled without the caller's doing when the lead is lost.</summary>
    public async Task RunAsync(Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SessionSubscription session = client.SubscribeToSession();
        Task watching = WatchAsync(session, over);
        Task proving = ProveForeverAsync(over);

        // Told to end while no server can be reached: a commit under way would wait for one.
        await using CancellationTokenRegistration giveUp = cancellationToken.Register(() =>
        {
            if (!Lease.IsHeld)
            {
                _ = client.CloseAsync();
            }
        });
        try
        {
            await lead(new Term { Store = store, Lease = Lease, ResignAsync = ResignAsync, Progress = Clock }, over.Token).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(watching, proving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    /// <summary>Gives up the place in the queue; what cannot be told to ZooKeeper now is told by the end of the session.</summary>
    private async Task ResignAsync()
    {
        using var patience = new CancellationTokenSource(ResignPatience, time);
        try
        {
            await election.ResignAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ZooKeeperException or OperationCanceledException)
        {
            fault = e.Message;
        }
    }

    private async Task WatchAsync(SessionSubscription session, CancellationTokenSource over)
    {
        await foreach (SessionEvent change in session.Events.ReadAllAsync(over.Token).ConfigureAwait(false))
        {
            switch (change.State)
            {
                case SessionState.Connected:
                    await ProveAsync(over).ConfigureAwait(false);
                    break;
                case SessionState.Suspended or SessionState.ReadOnly:
                    fault = "The connection to ZooKeeper is lost; nothing is started, ended or stored until it is back.";
                    Lease.Suspend();
                    break;
                default:
                    await EndAsync(over, $"The ZooKeeper session has ended ({change.State})").ConfigureAwait(false);
                    break;
            }
        }
    }

    private async Task ProveForeverAsync(CancellationTokenSource over)
    {
        using var timer = new PeriodicTimer(proofInterval, time);
        while (await timer.WaitForNextTickAsync(over.Token).ConfigureAwait(false))
        {
            if (Lease.Age >= proofInterval)
            {
                await ProveAsync(over).ConfigureAwait(false);
            }
        }
    }

    private async Task ProveAsync(CancellationTokenSource over)
    {
        try
        {
            if (election.Node is { } place && await client.ExistsAsync(place, cancellationToken: over.Token).ConfigureAwait(false) is null)
            {
                await EndAsync(over, "The place in the queue was deleted").ConfigureAwait(false);
                return;
            }

            await store.CommitAsync([], over.Token).ConfigureAwait(false);
        }
        catch (FencedException e)
        {
            await EndAsync(over, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ZooKeeperException or StateStoreException)
        {
            // Not proven: the next attempt may be, or the session ends.
            fault = $"ZooKeeper does not confirm that it leads: {e.Message}";
        }
    }

    private async Task EndAsync(CancellationTokenSource over, string reason)
    {
        fault = reason;
        Lease.Suspend();
        await over.CancelAsync().ConfigureAwait(false);
    }
}
