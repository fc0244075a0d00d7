using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Leadership;

/// <summary>The loop of the present term, if this scheduler leads; what the API asks. A leader that cannot prove its lease answers nothing.</summary>
internal sealed class LeadingLoop(ILeadership leadership) : ISchedulerLoop
{
    private volatile Seat? seat;

    /// <inheritdoc/>
    public string? StoreFault => seat?.Loop.StoreFault;

    /// <inheritdoc/>
    public string? SinkFault => seat?.Loop.SinkFault;

    /// <inheritdoc/>
    public int QueueDepth => seat?.Loop.QueueDepth ?? 0;

    /// <summary>The term's loop, until what is returned is disposed of.</summary>
    public IDisposable Take(ISchedulerLoop loop, ILease lease)
    {
        var taken = new Seat(this, loop, lease);
        seat = taken;
        return taken;
    }

    /// <inheritdoc/>
    public ValueTask<CommandResult> SubmitAsync(Command command, CancellationToken cancellationToken = default)
    {
        Seat now = Now();
        return WhileHeldAsync(now.Lease, now.Loop.SubmitAsync(command, cancellationToken), " Whether the request was carried out is not known.");
    }

    /// <inheritdoc/>
    public ValueTask<T> ReadAsync<T>(Func<ISchedulingView, T> read, CancellationToken cancellationToken = default)
    {
        Seat now = Now();
        return WhileHeldAsync(now.Lease, now.Loop.ReadAsync(read, cancellationToken), "");
    }

    /// <summary>The loop may stand in a commit until ZooKeeper is back; who asks is told at once.</summary>
    private async ValueTask<T> WhileHeldAsync<T>(ILease lease, ValueTask<T> asked, string doubt)
    {
        if (asked.IsCompleted)
        {
            return await asked.ConfigureAwait(false);
        }

        Task<T> answer = asked.AsTask();
        return await Task.WhenAny(answer, lease.Suspended).ConfigureAwait(false) == answer
            ? await answer.ConfigureAwait(false)
            : throw new SchedulerUnavailableException($"This scheduler cannot lead now: {leadership.View.Fault ?? "its lease is suspended."}{doubt}");
    }

    private Seat Now()
    {
        if (seat is { Lease.IsHeld: true } taken)
        {
            return taken;
        }

        LeadershipView view = leadership.View;
        throw new SchedulerUnavailableException(
            view.Fault is { } fault ? $"This scheduler cannot lead now: {fault}"
            : view.OtherLeader is { } leader ? $"This scheduler does not lead; {leader.Name} at {leader.Address} does."
            : "No scheduler leads at the moment; the next one is about to.");
    }

    private sealed class Seat(LeadingLoop owner, ISchedulerLoop loop, ILease lease) : IDisposable
    {
        public ISchedulerLoop Loop => loop;

        public ILease Lease => lease;

        public void Dispose() => Interlocked.CompareExchange(ref owner.seat, null, this);
    }
}
