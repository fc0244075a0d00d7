using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduler.Leadership.Rehearsals;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Recipes;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>
/// Leadership by election in ZooKeeper. Session, place in the queue and term belong together:
/// <code>
///   1 connect ──► 2 queue up ──► 3 first: lead, under a lease ──► 4 lost, fenced, resigned or stopped ──► all of it is dropped, back to 1
/// </code>
/// See docs/designs/leadership.md.
/// </summary>
internal sealed partial class ElectedLeadership(ZooKeeperOptions options, ClusterMark mark, Func<Member> self, TimeProvider time, ILogger<ElectedLeadership> logger) : ILeadership
{
    /// <summary>Where schedulers queue up, below the chroot.</summary>
    internal const string Queue = "/schedulers";

    // A start that leads at once has nobody to wait for, and better things to do.
    private static readonly TimeSpan RehearsesAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private volatile IReadOnlyList<Member> members = [];
    private volatile ElectedTerm? term;
    private bool rehearsed;
    private volatile string? fault = "ZooKeeper has not been reached yet.";

    /// <summary>After this it is looked and told why there is no session; then it is tried again.</summary>
    internal TimeSpan ConnectPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a member tells what its clock says.</summary>
    internal TimeSpan ClockInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public LeadershipView View
    {
        get
        {
            ElectedTerm? now = term;
            IReadOnlyList<Member> known = members;
            return new LeadershipView
            {
                Self = self(),
                Leads = now is { Lease.IsHeld: true },
                Leader = known.Count > 0 ? known[0] : null,
                Members = known,
                Fault = now is { Lease.IsHeld: false } ? now.Fault : fault,
                Takeover = now?.Clock.Takeover,
                LeaseAge = now?.Lease.Age,
            };
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await OnceAsync(lead, cancellationToken).ConfigureAwait(false);
            }
            catch (ZooKeeperException e) when (e.Error is ZooKeeperError.AuthFailed or ZooKeeperError.NoAuth)
            {
                throw new StateStoreException(ZooKeeperExamination.Describe(e, options), e);
            }
            catch (ZooKeeperException e)
            {
                fault = await ZooKeeperExamination.WhyNotAsync(options, e, time, cancellationToken).ConfigureAwait(false);
                LogNoSession(fault);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OnceAsync(Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        // 1
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(options with { ConnectTimeout = ConnectPatience }, cancellationToken).ConfigureAwait(false);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task following = Task.CompletedTask;
        try
        {
            // 2
            var election = new LeaderElection(client, Queue, self().ToBytes());
            await client.EnsurePathAsync(Queue, cancellationToken: cancellationToken).ConfigureAwait(false);
            await mark.ClaimAsync(client, cancellationToken).ConfigureAwait(false);
            fault = null;
            following = FollowAsync(client, election, over.Token);
            using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(over.Token))
            {
                Task rehearsing = RehearseAsync(waiting.Token);
                await election.WaitForLeadershipAsync(cancellationToken).ConfigureAwait(false);
                await waiting.CancelAsync().ConfigureAwait(false);
                _ = rehearsing;
            }

            // 3
            LogLeads();
            await LeadAsync(new ElectedTerm(client, election, time), lead, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // 4
            await over.CancelAsync().ConfigureAwait(false);
            await following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            members = [];
        }
    }

    private async Task LeadAsync(ElectedTerm mine, Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        term = mine;
        await using (mine.ConfigureAwait(false))
        {
            try
            {
                await mine.RunAsync(lead, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                LogLost(mine.Fault ?? "the session has ended");
            }
            catch (Exception e) when (e is FencedException or Cluster.ClusterFencedException or Loop.SchedulerUnavailableException
                or StateStoreException { InnerException: ZooKeeperException { Error: not (ZooKeeperError.NoAuth or ZooKeeperError.AuthFailed) } })
            {
                // That ZooKeeper went away while the state was read is no reason to end, either.
                LogLost(e.Message);
            }
            finally
            {
                term = null;
            }
        }
    }

    /// <summary>Once in a process, while others lead.</summary>
    private async Task RehearseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(RehearsesAfter, time, cancellationToken).ConfigureAwait(false);
            if (!rehearsed)
            {
                await new Rehearsal(time).RunAsync(cancellationToken).ConfigureAwait(false);
                rehearsed = true;
                LogRehearsed();
            }
        }
        catch (OperationCanceledException)
        {
            // The turn came before it was over.
        }
    }

    /// <summary>Keeps the list of members: read again whenever it changes, and with every tick of the clocks.</summary>
    private async Task FollowAsync(ZooKeeperClient client, LeaderElection election, CancellationToken cancellationToken)
    {
        OneTimeWatch? changed = null;
        while (client.State is not (SessionState.Expired or SessionState.Closed or SessionState.AuthFailed))
        {
            try
            {
                OneTimeWatch? fresh = changed is null ? new OneTimeWatch() : null;
                IReadOnlyList<NodeData> queue = await election.GetVolunteersAsync(fresh, cancellationToken).ConfigureAwait(false);
                changed ??= fresh!;
                Take([.. queue.Select(node => Member.Read(node.Data, node.Stat.Modified)).OfType<Member>()]);
                if (await HappensAsync(changed.Fired, cancellationToken).ConfigureAwait(false))
                {
                    changed = null;
                }
                else if (election.Node is { } place)
                {
                    await client.SetDataAsync(place, self().ToBytes(), cancellationToken: cancellationToken).ConfigureAwait(false);
                }
            }
            catch (ZooKeeperException e)
            {
                LogMembersUnknown(e.Message);
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether it happens before clocks are due.</summary>
    private async Task<bool> HappensAsync(Task change, CancellationToken cancellationToken)
    {
        try
        {
            await change.WaitAsync(ClockInterval, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Take(IReadOnlyList<Member> now)
    {
        foreach (Member wrong in now.Where(member => member.ClockFault is not null && !members.Any(known => known.Id == member.Id && known.ClockFault is not null)))
        {
            LogClock(wrong.ClockFault!);
        }

        members = now;
    }

    [LoggerMessage(2400, LogLevel.Information, "This scheduler leads.")]
    private partial void LogLeads();

    [LoggerMessage(2401, LogLevel.Warning, "This scheduler leads no more: {Reason}. It has dropped its state and queues up again.")]
    private partial void LogLost(string reason);

    [LoggerMessage(2402, LogLevel.Warning, "No session with ZooKeeper: {Reason}")]
    private partial void LogNoSession(string reason);

    [LoggerMessage(2404, LogLevel.Information, "This scheduler waits for its turn, and has rehearsed it.")]
    private partial void LogRehearsed();

    [LoggerMessage(2403, LogLevel.Information, "The members could not be read: {Reason}")]
    private partial void LogMembersUnknown(string reason);

    [LoggerMessage(2405, LogLevel.Warning, "{Fault}")]
    private partial void LogClock(string fault);
}
