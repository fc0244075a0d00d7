namespace ElasticJob.Local.Messaging;

/// <summary>A stretch of the way that a message takes inside the cluster.</summary>
public enum MessageLeg
{
    /// <summary>From the master to an agent: launches, kills, acknowledgements.</summary>
    MasterToAgent,

    /// <summary>From an agent to the master: registration, status updates, exits.</summary>
    AgentToMaster,

    /// <summary>From an agent to an executor: the events of its stream.</summary>
    AgentToExecutor,

    /// <summary>From an executor to its agent: updates and messages, after the call was answered.</summary>
    ExecutorToAgent,
}
