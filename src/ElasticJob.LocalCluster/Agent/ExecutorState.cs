namespace ElasticJob.Local.Agent;

/// <summary>How far an executor is.</summary>
internal enum ExecutorState
{
    /// <summary>Its files are fetched and its process is started; it has not subscribed.</summary>
    Registering,

    /// <summary>It has subscribed (or it is a command, which runs).</summary>
    Running,

    /// <summary>It was told to end, or its process is being killed.</summary>
    Terminating,

    /// <summary>Its process has ended; updates may still wait for acknowledgement.</summary>
    Terminated,
}
