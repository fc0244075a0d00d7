using Google.Protobuf;

namespace ElasticJob.Local.Messaging;

/// <summary>What the master tells an agent.</summary>
internal abstract record ToAgent;

/// <param name="Framework">Whose task it is.</param>
/// <param name="Task">The task; its executor has the framework id filled in.</param>
/// <param name="LaunchExecutor">False when the master counts on an executor that already runs and whose resources it has booked.</param>
internal sealed record RunTask(FrameworkInfo Framework, TaskInfo Task, bool LaunchExecutor) : ToAgent;

internal sealed record KillTask(FrameworkID Framework, TaskID Task, KillPolicy? Policy) : ToAgent;

internal sealed record ShutdownExecutor(FrameworkID Framework, ExecutorID Executor) : ToAgent;

internal sealed record ShutdownFramework(FrameworkID Framework) : ToAgent;

internal sealed record AcknowledgeStatus(FrameworkID Framework, TaskID Task, ByteString Uuid) : ToAgent;

internal sealed record MessageToExecutor(FrameworkID Framework, ExecutorID Executor, ByteString Data) : ToAgent;

/// <summary>The scheduler is (again) there: updates that wait for it are sent at once.</summary>
internal sealed record FrameworkConnected(FrameworkInfo Framework) : ToAgent;

/// <summary>What an agent tells the master.</summary>
internal abstract record ToMaster(AgentID Agent);

/// <summary>An agent comes (back) with everything that is alive on it.</summary>
internal sealed record RegisterAgent(
    AgentInfo Info,
    AgentConnection Connection,
    IReadOnlyList<FrameworkInfo> Frameworks,
    IReadOnlyList<ExecutorInfo> Executors,
    IReadOnlyList<AgentTaskState> Tasks) : ToMaster(Info.Id);

/// <summary>A task as its agent knows it.</summary>
internal sealed record AgentTaskState(FrameworkID Framework, TaskInfo Task, TaskStatus? Latest, bool Queued);

/// <param name="Agent">The sender.</param>
/// <param name="Framework">Whose task it is.</param>
/// <param name="Status">The oldest update that the scheduler has not acknowledged.</param>
/// <param name="Latest">The newest state of the task, which may be ahead of <paramref name="Status"/>.</param>
internal sealed record ForwardStatus(AgentID Agent, FrameworkID Framework, TaskStatus Status, TaskState Latest) : ToMaster(Agent);

internal sealed record ExecutorExited(AgentID Agent, FrameworkID Framework, ExecutorID Executor, int WaitStatus) : ToMaster(Agent);

internal sealed record MessageToFramework(AgentID Agent, FrameworkID Framework, ExecutorID Executor, ByteString Data) : ToMaster(Agent);

/// <summary>The agent is gone for now; its executors may go on.</summary>
internal sealed record AgentDisconnected(AgentID Agent) : ToMaster(Agent);
