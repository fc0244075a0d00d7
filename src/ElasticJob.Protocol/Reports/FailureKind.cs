namespace ElasticJob.Protocol.Reports;

/// <summary>Kinds of failure of an attempt.</summary>
public enum FailureKind
{
    /// <summary>User code threw.</summary>
    Exception,

    /// <summary>The process ended with a code other than 0.</summary>
    ExitCode,

    /// <summary>A signal ended the process.</summary>
    Signal,

    /// <summary>The memory limit was reached.</summary>
    OutOfMemory,

    /// <summary>The HTTP request was not answered, or not with a success status.</summary>
    Http,

    /// <summary>The app has no job class of that name; trying again does not help.</summary>
    UnknownClass,

    /// <summary>The command or program could not be started.</summary>
    CannotStart,

    /// <summary>The order could not be read or makes no sense; trying again does not help.</summary>
    InvalidOrder,

    /// <summary>The executor ended under the task.</summary>
    ExecutorLost,

    /// <summary>The time allowed was over.</summary>
    Timeout,

    /// <summary>The place was lost: agent gone, unreachable, or the launch did not arrive.</summary>
    PlaceLost,

    /// <summary>The cluster refused the task as invalid; trying again does not help.</summary>
    Refused,
}
