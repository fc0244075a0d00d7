using ElasticJob.Storage;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>The leadership of a scheduler that shares its state with no other: one term, from the start to the end.</summary>
/// <param name="self">Describes this scheduler.</param>
/// <param name="store">Where the state is kept; disposed of with the term.</param>
/// <param name="time">The clock.</param>
public sealed class SoleLeadership(Func<Member> self, IStateStore store, TimeProvider time) : ILeadership
{
    private volatile TakeoverClock? clock;

    /// <inheritdoc/>
    public LeadershipView View
    {
        get
        {
            Member member = self();
            return new LeadershipView { Self = member, Leads = true, Leader = member, Members = [member], Takeover = clock?.Takeover };
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(Func<Term, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        await using IStateStore closed = store;
        clock = new TakeoverClock(time);
        await lead(
            new Term { Store = store, Lease = new EndlessLease(), ResignAsync = static () => Task.CompletedTask, Progress = clock },
            cancellationToken).ConfigureAwait(false);
    }
}
