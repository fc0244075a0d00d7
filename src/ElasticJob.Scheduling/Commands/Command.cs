using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Commands;

/// <summary>What somebody asks of the scheduler.</summary>
/// <param name="Actor">Who asks; recorded in the events.</param>
public abstract record Command(string Actor)
{
    /// <summary>
    /// Stores apps and jobs, all or none. Definitions that are equal to the stored ones change nothing. <paramref name="Expected"/> names the
    /// versions that the caller saw, by <c>app/NAME</c> or <c>job/NAME</c> (0: must not exist); another version refuses the whole.
    /// </summary>
    public sealed record Apply(
        string Actor,
        IReadOnlyList<AppDefinition> Apps,
        IReadOnlyList<JobDefinition> Jobs,
        IReadOnlyDictionary<string, long>? Expected = null) : Command(Actor);

    /// <summary>Removes an app that no job uses.</summary>
    public sealed record RemoveApp(string Actor, AppName App) : Command(Actor);

    /// <summary>Removes a job; its waiting runs are cancelled and its running ones killed.</summary>
    public sealed record RemoveJob(string Actor, JobName Job) : Command(Actor);

    /// <summary>Lets jobs of an app start, or not.</summary>
    public sealed record EnableApp(string Actor, AppName App, bool Enabled) : Command(Actor);

    /// <summary>
    /// Lets a job start, or not. Once a disable is answered nothing of the job starts any more: waiting runs are cancelled, a resident job is
    /// stopped; a transient run that is going on finishes.
    /// </summary>
    public sealed record EnableJob(string Actor, JobName Job, bool Enabled) : Command(Actor);

    /// <summary>Starts a run now, of all shards or the given ones.</summary>
    public sealed record TriggerJob(string Actor, JobName Job, string? Parameter = null, IReadOnlyList<int>? Shards = null) : Command(Actor);

    /// <summary>Ends a run, or one shard of it; what has not started is cancelled.</summary>
    public sealed record KillRun(string Actor, string Run, int? Shard = null) : Command(Actor);
}
