namespace ElasticJob.Simulation.Scheduler;

/// <summary>Where in a turn of its loop a scheduler dies.</summary>
internal enum CrashPoint
{
    BeforeCommit,
    AfterCommit,
    MidwayInEffects,
    AfterEffects,
    Anywhere,
}

/// <summary>Kills a process at a point of its loop, once it gets there.</summary>
internal sealed class CrashPlan
{
    public CrashPoint? At { get; set; }

    public bool Strikes(CrashPoint here) => At == here;
}
