namespace ElasticJob.Scheduling.Cluster;

/// <summary>What states of tasks have in common.</summary>
public static class TaskStates
{
    /// <summary>Whether the task has ended for good.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no state.</exception>
    public static bool IsTerminal(this TaskState state) => state switch
    {
        TaskState.Staging or TaskState.Starting or TaskState.Running or TaskState.Killing or TaskState.Unreachable or TaskState.Unknown => false,
        TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost or TaskState.Dropped
            or TaskState.Gone or TaskState.GoneByOperator => true,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "Not a task state."),
    };
}
