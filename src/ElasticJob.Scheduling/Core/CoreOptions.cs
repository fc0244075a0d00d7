namespace ElasticJob.Scheduling.Core;

/// <summary>Settings of the core that are the same for all jobs.</summary>
public sealed record CoreOptions
{
    /// <summary>A due time handled at most this late is on time; a later one is a misfire. 5 seconds by default.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a launched task may stay silent before it is asked for, and as long again before it is taken for lost. 2 minutes by default.</summary>
    public TimeSpan LaunchTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long agents may take to register again with a master that was not theirs before; until then a task that nobody tells of is not taken for lost.
    /// 10 minutes by default, as Mesos' own <c>agent_reregister_timeout</c>.
    /// </summary>
    public TimeSpan AgentReregistration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long the report of a task is waited for that the master says has ended: the agent keeps it until it is acknowledged, and repeats it every
    /// ten minutes at the least. 15 minutes by default.
    /// </summary>
    public TimeSpan ReportPatience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Most waiting runs of one job; further due times are skipped. 1,000 by default.</summary>
    public int MostWaitingRuns { get; init; } = 1000;

    /// <summary>Most unfinished runs of one job with <c>overlap: allow</c>. 1,000 by default.</summary>
    public int MostParallelRuns { get; init; } = 1000;

    /// <summary>
    /// While more events than this wait for a sink, due times wait too; then their misfire policy answers them. So the state stays bounded and no event is
    /// lost. 500,000 by default.
    /// </summary>
    public long MostEventBacklog { get; init; } = 500_000;

    /// <summary>Share of the runs whose traces are recorded, 0 to 1; all by default. It matters only where traces are sent somewhere.</summary>
    public double TraceRatio { get; init; } = 1;

    /// <summary>How long offers are refused when nothing waits. 5 minutes by default; a revive ends it early.</summary>
    public TimeSpan RefuseIdle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an offer that fits nothing is refused while something waits. 5 seconds by default.</summary>
    public TimeSpan RefuseUnfit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Shortest distance between two revives. 50 milliseconds by default.</summary>
    public TimeSpan ReviveInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a kill is repeated until the task is terminal. 10 seconds by default.</summary>
    public TimeSpan KillInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after the grace period a task that is still alive costs its executor its life. 1 minute by default.</summary>
    public TimeSpan KillEscalation { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a transient shard is run again because its executor died under it; then it has failed. 3 by default.</summary>
    public int MostExecutorDeaths { get; init; } = 3;

    /// <summary>First pause of explicit reconciliation; doubled until every task has answered. 5 seconds by default.</summary>
    public TimeSpan ReconcileFirst { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause of explicit reconciliation. 5 minutes by default.</summary>
    public TimeSpan ReconcileLongest { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often all tasks are asked for (implicit reconciliation). 10 minutes by default.</summary>
    public TimeSpan ReconcileAll { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A resident shard that ran this long starts over with the shortest backoff. 10 minutes by default.</summary>
    public TimeSpan StableAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A gang that waits this long gets the next offers to itself for a while. 30 seconds by default.</summary>
    public TimeSpan GangPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long offers are kept for a gang that waited too long, before others may use them for as long. 10 seconds by default.</summary>
    public TimeSpan GangHold { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest pause before offers are kept for the same gang again; it doubles each time they were not enough. 5 minutes by default.</summary>
    public TimeSpan GangLongestPause { get; init; } = TimeSpan.FromMinutes(5);
}
