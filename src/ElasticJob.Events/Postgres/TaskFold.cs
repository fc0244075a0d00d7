using ElasticJob.Events.Projection;
using ElasticJob.Scheduling.Cluster;

namespace ElasticJob.Events.Postgres;

/// <summary>All that one batch says of one attempt.</summary>
internal sealed class TaskFold(string task)
{
    public string Task { get; } = task;

    /// <summary>The row, when the attempt was launched in this batch.</summary>
    public TaskRow? Row { get; set; }

    /// <summary>The statuses of this batch as one.</summary>
    public TaskChange? Change { get; private set; }

    /// <summary>The row to begin with: the launch, or what is known without it.</summary>
    public TaskRow Begin => Row ?? Change!.Launch!;

    public TaskState State => Change?.State ?? Begin.State;

    public void Add(TaskChange later) => Change = Change is not { } earlier ? later : later with
    {
        RunningAt = earlier.RunningAt ?? later.RunningAt,
        Progress = later.Progress ?? earlier.Progress,
        ProgressText = later.ProgressText ?? earlier.ProgressText,
        Sandbox = later.Sandbox ?? earlier.Sandbox,
        Log = later.Log ?? earlier.Log,
        LastLines = later.LastLines ?? earlier.LastLines,
        Agent = later.Agent ?? earlier.Agent,
        Hostname = later.Hostname ?? earlier.Hostname,
        Executor = later.Executor ?? earlier.Executor,
        Launch = earlier.Launch ?? later.Launch,
    };
}
