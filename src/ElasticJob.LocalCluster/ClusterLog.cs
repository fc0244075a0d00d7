namespace ElasticJob.Local;

/// <summary>The log messages of master and agents; event ids are stable.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(4000, LogLevel.Error, "A message could not be handled; the others go on")]
    public static partial void MessageFailed(ILogger logger, Exception fault);

    [LoggerMessage(4001, LogLevel.Information, "Framework {Name} subscribed as {FrameworkId}")]
    public static partial void FrameworkSubscribed(ILogger logger, string name, string frameworkId);

    [LoggerMessage(4002, LogLevel.Information, "Framework {FrameworkId} disconnected; it may come back within {FailoverTimeout} s")]
    public static partial void FrameworkDisconnected(ILogger logger, string frameworkId, double failoverTimeout);

    [LoggerMessage(4003, LogLevel.Information, "Framework {FrameworkId} removed: {Why}")]
    public static partial void FrameworkRemoved(ILogger logger, string frameworkId, string why);

    [LoggerMessage(4004, LogLevel.Warning, "Operation {Operation} of framework {FrameworkId} is not supported and was ignored")]
    public static partial void OperationIgnored(ILogger logger, string operation, string frameworkId);

    [LoggerMessage(4005, LogLevel.Information, "Agent {AgentId} registered with {Tasks} tasks")]
    public static partial void AgentRegistered(ILogger logger, string agentId, int tasks);

    [LoggerMessage(4006, LogLevel.Warning, "Agent {AgentId} is unreachable")]
    public static partial void AgentUnreachable(ILogger logger, string agentId);

    [LoggerMessage(4007, LogLevel.Information, "Cluster listens on {Master} with {Agents} agents; work directory {Directory}")]
    public static partial void ClusterStarted(ILogger logger, Uri master, int agents, string directory);

    [LoggerMessage(4010, LogLevel.Information, "Executor {ExecutorId} of {FrameworkId} started as process {Pid}")]
    public static partial void ExecutorStarted(ILogger logger, string executorId, string frameworkId, int pid);

    [LoggerMessage(4011, LogLevel.Information, "Executor {ExecutorId} of {FrameworkId} ended: {How}")]
    public static partial void ExecutorEnded(ILogger logger, string executorId, string frameworkId, string how);

    [LoggerMessage(4012, LogLevel.Warning, "Executor {ExecutorId} of {FrameworkId} could not be launched: {Why}")]
    public static partial void ExecutorLaunchFailed(ILogger logger, string executorId, string frameworkId, string why);

    [LoggerMessage(4013, LogLevel.Information, "Executor {ExecutorId} of {FrameworkId} is alive since before the restart; waiting for it to subscribe")]
    public static partial void ExecutorRecovered(ILogger logger, string executorId, string frameworkId);

    [LoggerMessage(4014, LogLevel.Warning, "Killed {Count} processes that executors had left behind")]
    public static partial void LeftoversKilled(ILogger logger, int count);

    [LoggerMessage(4015, LogLevel.Warning, "Task {TaskId} of {FrameworkId} was dropped: {Why}")]
    public static partial void TaskDropped(ILogger logger, string taskId, string frameworkId, string why);

    [LoggerMessage(4016, LogLevel.Warning, "Sandbox {Path} could not be removed")]
    public static partial void SandboxNotRemoved(ILogger logger, string path, Exception fault);

    [LoggerMessage(4017, LogLevel.Error, "Journal {Path} could not be written; a crash now would lose what was to be recorded")]
    public static partial void JournalNotWritten(ILogger logger, string path, Exception fault);
}
