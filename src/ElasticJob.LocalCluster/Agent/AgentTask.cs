using ElasticJob.Local.Resources;
using Google.Protobuf;

namespace ElasticJob.Local.Agent;

/// <summary>A task on this agent, with the stream of its updates: one of them at a time waits for the scheduler.</summary>
internal sealed class AgentTask(TaskInfo info)
{
    public TaskInfo Info { get; } = info;

    public TaskID Id => Info.TaskId;

    public ResourceSum Resources { get; } = ResourceSum.Of(info.Resources);

    public TaskStatus? Latest { get; set; }

    /// <summary>Updates that the scheduler has not acknowledged, the oldest first.</summary>
    public Queue<TaskStatus> Unacknowledged { get; } = [];

    public HashSet<ByteString> SeenUpdates { get; } = [];

    public ITimer? RetryTimer { get; set; }

    public int Attempts { get; set; }

    /// <summary>The executor was told to launch it.</summary>
    public bool Delivered { get; set; }

    public bool KillRequested { get; set; }

    public KillPolicy? KillPolicy { get; set; }

    public bool IsTerminal { get; set; }
}
