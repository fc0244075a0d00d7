namespace ElasticJob.Local.Http;

/// <summary>A task as the operator API shows it, at the master and at an agent.</summary>
internal static class TaskSummaries
{
    public static TaskSummary Of(TaskInfo task, FrameworkID framework, AgentID agent, ExecutorID? executor, TaskState state, TaskStatus? latest)
    {
        var summary = new TaskSummary { Name = task.Name, TaskId = task.TaskId, FrameworkId = framework, AgentId = agent, State = state };
        if (executor is not null)
        {
            summary.ExecutorId = executor;
        }

        summary.Resources.Add(task.Resources);
        if (latest is not null)
        {
            summary.Statuses.Add(latest);
            summary.StatusUpdateState = latest.State;
        }

        return summary;
    }
}
