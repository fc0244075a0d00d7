using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Events;

/// <summary>
/// What can be asked of the recorded events. Answers come newest first unless asked otherwise, see whole batches only, and never hold up the writing. A page size or
/// cursor that makes no sense is an <see cref="ArgumentException"/>; a store that cannot be read an <see cref="EventStoreException"/>.
/// </summary>
public interface IEventQueries
{
    /// <summary>Runs in order of creation, without their shards.</summary>
    ValueTask<Page<RunView>> RunsAsync(RunFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>One run with its shards, each with its last task.</summary>
    ValueTask<RunView?> FindRunAsync(string run, CancellationToken cancellationToken);

    /// <summary>The attempts of a run in order of their launch.</summary>
    ValueTask<Page<TaskView>> TasksAsync(string run, PageRequest page, CancellationToken cancellationToken);

    /// <summary>One task.</summary>
    ValueTask<TaskView?> FindTaskAsync(string task, CancellationToken cancellationToken);

    /// <summary>The ledger of a job in order of due times.</summary>
    ValueTask<Page<LedgerEntry>> LedgerAsync(LedgerFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Events in order of their sequence; times are cut to milliseconds.</summary>
    ValueTask<Page<SchedulerEvent>> EventsAsync(EventFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>The runs of a job that were created last, newest first.</summary>
    /// <param name="job">The job.</param>
    /// <param name="count">How many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    async ValueTask<IReadOnlyList<RunView>> LastRunsAsync(string job, int count, CancellationToken cancellationToken) =>
        (await RunsAsync(new RunFilter { Job = job }, new PageRequest(count), cancellationToken).ConfigureAwait(false)).Items;

    /// <summary>Executions of the resident shards of a job in order of due times.</summary>
    ValueTask<Page<ExecutionView>> ExecutionsAsync(ExecutionFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>The audit log in order of its sequence.</summary>
    ValueTask<Page<AuditView>> AuditAsync(AuditFilter filter, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Counts per step, oldest first; steps in which nothing ended are left out.</summary>
    ValueTask<IReadOnlyList<StatisticsPoint>> StatisticsAsync(StatisticsRequest request, CancellationToken cancellationToken);
}
