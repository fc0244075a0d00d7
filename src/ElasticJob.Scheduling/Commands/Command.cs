using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.State;

namespace ElasticJob.Scheduling.Commands;

/// <summary>What somebody asks of the scheduler.</summary>
/// <param name="Actor">Who asks; recorded in the events and, if it names an operation, in the audit log.</param>
public abstract record Command(Actor Actor)
{
    /// <summary>
    /// Stores apps and jobs, all or none. Definitions that are equal to the stored ones change nothing. <paramref name="Expected"/> names the
    /// versions that the caller saw, by <c>app/NAME</c> or <c>job/NAME</c> (0: must not exist); another version refuses the whole.
    /// </summary>
    public sealed record Apply(
        Actor Actor,
        IReadOnlyList<AppDefinition> Apps,
        IReadOnlyList<JobDefinition> Jobs,
        IReadOnlyDictionary<string, long>? Expected = null) : Command(Actor);

    /// <summary>Removes an app that no job uses; another version than <paramref name="Expected"/> is not removed.</summary>
    public sealed record RemoveApp(Actor Actor, AppName App, long? Expected = null) : Command(Actor);

    /// <summary>
    /// Removes a job; its waiting runs are cancelled and its running ones killed. Another version than <paramref name="Expected"/> is not removed.
    /// </summary>
    public sealed record RemoveJob(Actor Actor, JobName Job, long? Expected = null) : Command(Actor);

    /// <summary>Lets jobs of an app start, or not.</summary>
    public sealed record EnableApp(Actor Actor, AppName App, bool Enabled) : Command(Actor);

    /// <summary>
    /// Lets a job start, or not. Once a disable is answered nothing of the job starts any more: waiting runs are cancelled, a resident job is
    /// stopped; a transient run that is going on finishes.
    /// </summary>
    public sealed record EnableJob(Actor Actor, JobName Job, bool Enabled) : Command(Actor);

    /// <summary>Starts a run now, of all shards or the given ones.</summary>
    public sealed record TriggerJob(Actor Actor, JobName Job, string? Parameter = null, IReadOnlyList<int>? Shards = null) : Command(Actor);

    /// <summary>Ends a run, or one shard of it; what has not started is cancelled.</summary>
    public sealed record KillRun(Actor Actor, string Run, int? Shard = null) : Command(Actor);

    /// <summary>Compares with the cluster now: each known task is asked for, or, when not <paramref name="Explicit"/>, whatever the cluster knows.</summary>
    public sealed record Reconcile(Actor Actor, bool Explicit) : Command(Actor);

    /// <summary>
    /// Takes the place of a shard for lost, though the cluster cannot say so: somebody has made sure that the task does not run any more. Only for
    /// a task whose whereabouts are uncertain; what follows is the failover policy's.
    /// </summary>
    public sealed record DeclareLost(Actor Actor, string Run, int Shard) : Command(Actor);

    /// <summary>
    /// Keeps records that mean nothing to the core (users, tokens, sessions) beside its own: all of them, or none when one of them is not what the
    /// caller saw. Their keys begin with <see cref="State.KeptRecord.Prefix"/>.
    /// </summary>
    /// <param name="Actor">Who asks.</param>
    /// <param name="Records">What to keep, each key once.</param>
    /// <param name="Changes">For the audit log: what that means. Never a secret.</param>
    public sealed record Keep(Actor Actor, IReadOnlyList<KeptRecord> Records, IReadOnlyList<AuditChange>? Changes = null) : Command(Actor);

    /// <summary>Changes nothing; an attempt is to be in the audit log, such as a sign-in that failed.</summary>
    /// <param name="Actor">Who tried.</param>
    /// <param name="Refusal">Why it was refused; absent when it was not.</param>
    public sealed record Note(Actor Actor, string? Refusal = null) : Command(Actor);
}
