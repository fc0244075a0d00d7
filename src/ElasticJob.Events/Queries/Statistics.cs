using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events;

/// <summary>What to count.</summary>
/// <param name="Since">From, inclusive.</param>
/// <param name="Until">To, exclusive.</param>
/// <param name="Step">Width of a step.</param>
/// <param name="Job">Only this job.</param>
public sealed record StatisticsRequest(DateTimeOffset Since, DateTimeOffset Until, StatisticsStep Step = StatisticsStep.Hour, string? Job = null);

/// <summary>Widths of a step, aligned in UTC.</summary>
public enum StatisticsStep
{
    /// <summary>A minute.</summary>
    Minute,

    /// <summary>An hour.</summary>
    Hour,

    /// <summary>A day.</summary>
    Day,
}

/// <summary>What ended during one step; each run, task and execution is counted once, where it ended.</summary>
/// <param name="At">Begin of the step.</param>
/// <param name="Runs">Finished runs by outcome.</param>
/// <param name="Tasks">Ended tasks by state.</param>
/// <param name="Executions">Reported executions of resident shards by outcome.</param>
public sealed record StatisticsPoint(
    DateTimeOffset At,
    IReadOnlyDictionary<Outcome, long> Runs,
    IReadOnlyDictionary<TaskState, long> Tasks,
    IReadOnlyDictionary<ExecutionOutcome, long> Executions);
