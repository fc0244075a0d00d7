using ElasticJob.Scheduling.Core;

namespace ElasticJob.Simulation.Scheduler;

/// <summary>One batch of one scheduler on its way into the store.</summary>
internal sealed class SchedulerCommit(StepResult step, DateTimeOffset wall)
{
    /// <summary>The wall clock when it was decided.</summary>
    public DateTimeOffset Wall { get; } = wall;

    public StepResult Step { get; } = step;

    public bool IsWritten { get; set; }
}
