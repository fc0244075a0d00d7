using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Loop;

/// <summary>The one loop that owns the scheduling state, as the API sees it.</summary>
public interface ISchedulerLoop
{
    /// <summary>Why nothing can be decided at the moment, if so: the state store cannot be written.</summary>
    string? StoreFault => null;

    /// <summary>Why events stay in the backlog, if they do: the event store does not take them.</summary>
    string? SinkFault => null;

    /// <summary>Inputs that have arrived and wait for the loop.</summary>
    int QueueDepth => 0;

    /// <summary>Hands in a command; the answer comes when its effect is durable.</summary>
    /// <exception cref="SchedulerUnavailableException">This scheduler does not lead, or stopped before the command was durable.</exception>
    ValueTask<CommandResult> SubmitAsync(Command command, CancellationToken cancellationToken = default);

    /// <summary>Reads the live state between two steps; <paramref name="read"/> must be quick and return immutable data.</summary>
    /// <exception cref="SchedulerUnavailableException">This scheduler does not lead.</exception>
    ValueTask<T> ReadAsync<T>(Func<ISchedulingView, T> read, CancellationToken cancellationToken = default);
}
