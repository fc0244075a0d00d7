using ElasticJob.Protocol.Reports;

namespace ElasticJob.Executor;

/// <summary>What two reports of one task, the later after the earlier, say together.</summary>
internal static class TaskReports
{
    public static TaskReport? Join(TaskReport? earlier, TaskReport? later)
    {
        if (earlier is null || later is null)
        {
            return earlier ?? later;
        }

        return new TaskReport
        {
            Progress = later.Progress ?? earlier.Progress,
            Text = later.Text ?? earlier.Text,
            Sandbox = later.Sandbox ?? earlier.Sandbox,
            Log = later.Log ?? earlier.Log,
            Failure = later.Failure ?? earlier.Failure,
            LastLines = later.LastLines ?? earlier.LastLines,
            Executions = earlier.Executions is null ? later.Executions
                : later.Executions is null ? earlier.Executions
                : [.. earlier.Executions, .. later.Executions],
            FiredUpTo = later.FiredUpTo ?? earlier.FiredUpTo,
        };
    }
}
