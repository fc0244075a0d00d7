namespace ElasticJob.Simulation.Planning;

/// <summary>Bugs put in on purpose, around the core, to prove that the checker finds them: one for each invariant at least.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>I1: the store answers before the servers have the batch, so that effects are carried out first.</summary>
    AnsweredBeforeDurable,

    /// <summary>I2: a second attempt uses the first one's task id.</summary>
    TaskIdReused,

    /// <summary>I3: the servers do not check the epoch.</summary>
    NoFence,

    /// <summary>I4: skipped due times are not recorded.</summary>
    SkipForgotten,

    /// <summary>I4: a cron expression is read as if it were due at fewer times.</summary>
    DueTimesLost,

    /// <summary>I15: a cron expression is read as if it were due at more times.</summary>
    DueTimesAdded,

    /// <summary>I5: the overlap policy is ignored.</summary>
    OverlapIgnored,

    /// <summary>I6: an at-most-once shard fails over.</summary>
    AtMostOnceIgnored,

    /// <summary>I7: the last shard is forgotten.</summary>
    ShardForgotten,

    /// <summary>I8: the driver acknowledges statuses when it hears them.</summary>
    AcknowledgedOnArrival,

    /// <summary>I9: an event is lost on the way to the sink.</summary>
    EventLost,

    /// <summary>I10: a record is lost from a commit.</summary>
    MutationLost,

    /// <summary>I11: more is used than was offered.</summary>
    Overcommitted,

    /// <summary>I12: a task does not say which version it runs.</summary>
    VersionWrong,

    /// <summary>I13: a disable is answered and not done.</summary>
    DisableIgnored,

    /// <summary>I14: what is said of the end of some tasks is never heard, however often it is repeated.</summary>
    StatusIgnored,

    /// <summary>I15: due times fire before their time.</summary>
    FiredEarly,

    /// <summary>I15: a scheduler that takes over has forgotten which due times are answered, and fires them again.</summary>
    FiredAgain,

    /// <summary>I16: confirmed events are kept for ever.</summary>
    ConfirmedEventsKept,

    /// <summary>The reason of a further attempt is not recorded.</summary>
    CauseForgotten,

    /// <summary>I7: some shards that finished are recorded as failed.</summary>
    OutcomeWrong,

    /// <summary>I12: tasks are not told the job's parameter.</summary>
    ParameterForgotten,

    /// <summary>I13: the disable of an app is answered and not done.</summary>
    AppDisableIgnored,

    /// <summary>I13: the kill of a run is answered and not done.</summary>
    KillIgnored,

    /// <summary>I14: no task of a run with several shards is ever sent to the cluster.</summary>
    ManyShardsStarve,

    /// <summary>Policy: timeouts are ignored.</summary>
    TimeoutIgnored,

    /// <summary>Policy: user code that failed is not tried again.</summary>
    RetryForgotten,

    /// <summary>Policy: user code that failed is tried again more often than allowed.</summary>
    RetriedTooOften,

    /// <summary>Policy: there is no pause before the next attempt.</summary>
    BackoffForgotten,

    /// <summary>Policy: a shard whose place was lost does not fail over.</summary>
    FailoverForgotten,

    /// <summary>Policy: an unreachable place is given up at once.</summary>
    PatienceForgotten,

    /// <summary>Policy: the shards of a gang start one by one.</summary>
    GangTornApart,

    /// <summary>Policy: a run does not replace those before it.</summary>
    ReplaceForgotten,
}
