namespace ElasticJob.Scheduling.Cluster;

/// <summary>States of a task, as the reference engine (Mesos v1) names them.</summary>
public enum TaskState
{
    /// <summary>Launched; nothing heard yet.</summary>
    Staging,

    /// <summary>The executor has it.</summary>
    Starting,

    /// <summary>User code runs.</summary>
    Running,

    /// <summary>The kill was accepted; the grace period runs.</summary>
    Killing,

    /// <summary>User code returned normally.</summary>
    Finished,

    /// <summary>User code failed, or its process did.</summary>
    Failed,

    /// <summary>Ended because it was asked to.</summary>
    Killed,

    /// <summary>The cluster refused it as invalid.</summary>
    Error,

    /// <summary>Place lost.</summary>
    Lost,

    /// <summary>The launch did not arrive.</summary>
    Dropped,

    /// <summary>The agent does not answer; the task may be alive.</summary>
    Unreachable,

    /// <summary>The agent is gone for good.</summary>
    Gone,

    /// <summary>An operator declared the agent gone.</summary>
    GoneByOperator,

    /// <summary>The master does not know the task.</summary>
    Unknown,
}
