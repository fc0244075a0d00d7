namespace ElasticJob.Simulation.Planning;

/// <summary>Bugs put in on purpose, around the core, to prove that the checker finds them: one for each invariant at least.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>I1: effects are carried out before the commit.</summary>
    EffectsBeforeCommit,

    /// <summary>I2: a second attempt uses the first one's task id.</summary>
    TaskIdReused,

    /// <summary>I3: the store does not fence.</summary>
    NoFence,

    /// <summary>I4: skipped due times are not recorded.</summary>
    SkipForgotten,

    /// <summary>I5: the overlap policy is ignored.</summary>
    OverlapIgnored,

    /// <summary>I6: an at-most-once shard fails over.</summary>
    AtMostOnceIgnored,

    /// <summary>I7: the last shard is forgotten.</summary>
    ShardForgotten,

    /// <summary>I8: statuses are acknowledged before the commit.</summary>
    AcknowledgedBeforeCommit,

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

    /// <summary>I15: a clock that was set back fires times again.</summary>
    FiredAgain,

    /// <summary>I16: confirmed events are kept for ever.</summary>
    ConfirmationIgnored,

    /// <summary>The reason of a further attempt is not recorded.</summary>
    CauseForgotten,
}
