namespace ElasticJob.Scheduling.Events;

/// <summary>Kinds of events; their names in tables and the API are these in lower camel case.</summary>
public enum EventKind
{
    /// <summary>An app was stored for the first time.</summary>
    AppCreated,

    /// <summary>An app was changed.</summary>
    AppUpdated,

    /// <summary>An app was removed.</summary>
    AppRemoved,

    /// <summary>A job was stored for the first time.</summary>
    JobCreated,

    /// <summary>A job was changed; this includes enabling and disabling.</summary>
    JobUpdated,

    /// <summary>A job was removed.</summary>
    JobRemoved,

    /// <summary>Due times (one, or a range) are answered without a run of their own; the reason says why.</summary>
    DueSkipped,

    /// <summary>A run was created.</summary>
    RunCreated,

    /// <summary>The first shard of a run was launched.</summary>
    RunStarted,

    /// <summary>A run ended; the outcome says how.</summary>
    RunFinished,

    /// <summary>A task was launched.</summary>
    TaskLaunched,

    /// <summary>A task changed its state.</summary>
    TaskStatus,

    /// <summary>A shard waits before its next attempt; the reason says why.</summary>
    ShardDelayed,

    /// <summary>A shard ended; the outcome says how.</summary>
    ShardFinished,

    /// <summary>A resident shard answered due times.</summary>
    Execution,

    /// <summary>An executor was started.</summary>
    ExecutorStarted,

    /// <summary>An executor ended, or is told to.</summary>
    ExecutorEnded,

    /// <summary>A scheduler took over.</summary>
    SchedulerStarted,

    /// <summary>Somebody did something, or tried to; stores keep it in the audit log, not among the other events.</summary>
    Audited,
}
