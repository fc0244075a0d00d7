using ElasticJob.Protocol.Reports;
using ElasticJob.Scheduling.Cluster;

namespace ElasticJob.Scheduling.Core;

/// <summary>Why an attempt ended, as far as the policies care.</summary>
internal enum EndCause
{
    /// <summary>User code failed, or its process: the retry policy decides.</summary>
    Failed,

    /// <summary>The launch certainly did not arrive: it is repeated.</summary>
    NeverStarted,

    /// <summary>The place was lost, or somebody else ended it: the failover policy decides.</summary>
    PlaceLost,

    /// <summary>The executor died under it: the failover policy decides, but not for ever, for it may be the task that kills it.</summary>
    ExecutorDied,

    /// <summary>The cluster refused it as invalid: trying again does not help.</summary>
    Refused,
}

/// <summary>Reads the cause out of the last news about a task.</summary>
internal static class EndCauses
{
    /// <summary>What went wrong, for an end of which the executor could not report anything itself.</summary>
    public static TaskFailure? Explain(TaskUpdate update) => update.State switch
    {
        TaskState.Killed => null,
        TaskState.Error => new TaskFailure { Kind = FailureKind.Refused, Message = update.Message ?? "the cluster refused the task" },
        TaskState.Failed when IsExecutorDeath(update.Reason) =>
            new TaskFailure { Kind = FailureKind.ExecutorLost, Message = update.Message ?? "the executor ended under the task" },
        TaskState.Failed when update.Reason == "REASON_CONTAINER_LIMITATION_MEMORY" =>
            new TaskFailure { Kind = FailureKind.OutOfMemory, Message = update.Message ?? "the memory limit was reached" },
        TaskState.Failed when update.Reason is "REASON_CONTAINER_LAUNCH_FAILED" or "REASON_EXECUTOR_REGISTRATION_TIMEOUT" =>
            new TaskFailure { Kind = FailureKind.CannotStart, Message = update.Message ?? "the executor could not be started" },
        TaskState.Failed => new TaskFailure { Kind = FailureKind.ExitCode, Message = update.Message ?? "the task failed" },
        _ => new TaskFailure { Kind = FailureKind.PlaceLost, Message = update.Message ?? $"the place was lost ({update.Reason ?? update.State.ToString()})" },
    };

    public static EndCause Of(TaskUpdate update) => update.State switch
    {
        TaskState.Dropped => EndCause.NeverStarted,
        TaskState.Lost or TaskState.Gone or TaskState.GoneByOperator => EndCause.PlaceLost,
        TaskState.Killed => EndCause.PlaceLost,
        TaskState.Error => EndCause.Refused,
        TaskState.Failed when update.Report?.Failure?.Kind == FailureKind.ExecutorLost => EndCause.PlaceLost,
        TaskState.Failed when IsExecutorDeath(update.Reason) => EndCause.ExecutorDied,
        _ => EndCause.Failed,
    };

    public static bool IsExecutorDeath(string? reason) =>
        reason is "REASON_EXECUTOR_TERMINATED" or "REASON_EXECUTOR_UNREGISTERED" or "REASON_EXECUTOR_REREGISTRATION_TIMEOUT";
}
