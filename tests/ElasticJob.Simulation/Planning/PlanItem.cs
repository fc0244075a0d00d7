namespace ElasticJob.Simulation.Planning;

/// <summary>Kinds of things that are done to the world.</summary>
internal enum Deed
{
    MasterFailover,
    ConnectionBreak,
    ConnectionSilent,
    FrameworkTeardown,
    Rescind,
    AgentPartition,
    AgentCrash,
    AgentRestart,
    AgentReboot,
    AgentGone,
    ExecutorDeath,
    StoreDown,
    StoreUnknown,
    StoreSlow,
    StoreLags,
    SessionCut,
    SchedulerCrash,
    SchedulerFreeze,
    SinkDown,
    SinkRepeat,
    ClockBack,
    ClockForward,
    Drain,
    UpdateJob,
    DisableJob,
    EnableJob,
    RemoveJob,
    TriggerJob,
    KillRun,
    ToggleApp,
    UpdateApp,
    RemoveApp,
    DeclareLost,
    Reconcile,
    Reload,
}

/// <summary>One thing done to the world, at a time. Its randomness is its own, so that a history without the others is the same for it.</summary>
internal sealed record PlanItem(int Index, TimeSpan At, Deed Deed, ulong Salt)
{
    public override string ToString() => $"{Index}: {At.TotalSeconds:0.0} s {Deed}";
}
