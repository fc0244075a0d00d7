using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Http;
using ElasticJob.Local.Processes;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Agent;

/// <summary>An executor on this agent.</summary>
internal sealed class ExecutorEntry(FrameworkInfo framework, ExecutorInfo info, bool isCommand, string container, string token)
{
    public FrameworkInfo Framework { get; set; } = framework;

    public ExecutorInfo Info { get; } = info;

    public ExecutorID Id => Info.ExecutorId;

    /// <summary>True for the agent's own executor of one task that is just a command.</summary>
    public bool IsCommand { get; } = isCommand;

    public string Container { get; } = container;

    /// <summary>What the executor proves itself with; empty where nobody has to.</summary>
    public string Token { get; } = token;

    public required string Sandbox { get; init; }

    public required ExecutorJournal Journal { get; init; }

    public ResourceSum Resources { get; } = isCommand ? new ResourceSum() : ResourceSum.Of(info.Resources);

    public ExecutorState State { get; set; }

    public ContainerProcess? Process { get; set; }

    /// <summary>There was a process, in this life of the agent or an earlier one.</summary>
    public bool WasStarted { get; set; }

    public EventStream<ExecutorEvent>? Stream { get; set; }

    public Dictionary<TaskID, AgentTask> Tasks { get; } = [];

    /// <summary>Ended and acknowledged tasks whose updates may still be repeated by the executor, the newest last.</summary>
    public Queue<TaskID> RecentlyDone { get; } = [];

    public ITimer? Timer { get; set; }

    /// <summary>Why its live tasks end, where that is not just the end of its process.</summary>
    public (TaskState State, TaskStatus.Types.Reason Reason, string Message)? Verdict { get; set; }

    /// <summary>After a restart of the agent: it may be alive, and has not been heard of.</summary>
    public bool IsRecovered { get; set; }

    public bool HasLiveTasks => Tasks.Values.Any(task => !task.IsTerminal);
}
