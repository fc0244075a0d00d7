using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <summary>A task as the master knows it.</summary>
internal sealed class TaskEntry(TaskInfo info, AgentID agent, string role)
{
    private static readonly ResourceSum None = new();

    public TaskInfo Info { get; } = info;

    public TaskID Id => Info.TaskId;

    public AgentID Agent { get; } = agent;

    public string Role { get; } = role;

    public ExecutorID? ExecutorId => Info.Executor?.ExecutorId;

    public ResourceSum Resources { get; } = info.Resources.Count == 0 ? None : ResourceSum.Of(info.Resources);

    /// <summary>The newest state known, which may be ahead of the updates the framework has seen.</summary>
    public TaskState State { get; set; } = TaskState.TaskStaging;

    /// <summary>The update that the framework was sent last.</summary>
    public TaskStatus? LastStatus { get; set; }

    /// <summary>The newest KILL of the framework, if there was one.</summary>
    public KillTask? KillAsked { get; set; }

    public bool IsTerminal => State.IsTerminal();
}
