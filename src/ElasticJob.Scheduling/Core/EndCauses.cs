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
        // An agent that does not know a task has mostly never got it; but one whose machine went down may have lost the record of what it ran.
        TaskState.Dropped when update.Reason is "REASON_RECONCILIATION" or "REASON_AGENT_REREGISTERED" => EndCause.PlaceLost,
        TaskState.Dropped => EndCause.NeverStarted,
        TaskState.Lost or TaskState.Gone or TaskState.GoneByOperator => EndCause.PlaceLost,
        TaskState.Killed => EndCause.PlaceLost,
        TaskState.Error => EndCause.Refused,
        TaskState.Failed when update.Report?.Failure?.Kind == FailureKind.ExecutorLost => EndCause.PlaceLost,
        TaskState.Failed when IsExecutorDeath(update.Reason) => EndCause.ExecutorDied,
        TaskState.Failed when update.Reason == "REASON_CONTAINER_PREEMPTED" => EndCause.PlaceLost,
        _ => EndCause.Failed,
    };

    /// <summary>Whether the master tells the end of a task of which the agent still has the report.</summary>
    public static bool IsToldWithoutReport(TaskUpdate update) => update is
    {
        Uuid: null,
        Report: null,
        Source: "master",
        State: TaskState.Finished or TaskState.Failed or TaskState.Killed,
        Reason: "REASON_RECONCILIATION" or "REASON_AGENT_REREGISTERED",
    };

    /// <summary>Whether the container went over one of its limits; all tasks in it end so, whichever of them it was.</summary>
    public static bool IsLimit(TaskUpdate update) =>
        update is { State: TaskState.Failed, Reason: "REASON_CONTAINER_LIMITATION" or "REASON_CONTAINER_LIMITATION_MEMORY" or "REASON_CONTAINER_LIMITATION_DISK" };

    /// <summary>Whether the executor is gone, or never came to be; each of its tasks is told to have ended, one after the other.</summary>
    public static bool IsExecutorGone(TaskUpdate update) =>
        IsExecutorDeath(update.Reason) || IsLimit(update) || update.Reason is "REASON_AGENT_RESTARTED" or "REASON_CONTAINER_PREEMPTED"
            or "REASON_CONTAINER_LAUNCH_FAILED" or "REASON_EXECUTOR_REGISTRATION_TIMEOUT";

    private static bool IsExecutorDeath(string? reason) =>
        reason is "REASON_EXECUTOR_TERMINATED" or "REASON_EXECUTOR_UNREGISTERED" or "REASON_EXECUTOR_REREGISTRATION_TIMEOUT";
}
