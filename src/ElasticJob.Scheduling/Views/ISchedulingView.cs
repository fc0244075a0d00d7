using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduling.Views;

/// <summary>What can be read of the live state, between two steps of the core. The returned records are immutable and may be kept.</summary>
public interface ISchedulingView
{
    /// <summary>The apps, by name.</summary>
    IEnumerable<AppView> Apps();

    /// <summary>The jobs, by name.</summary>
    IEnumerable<JobView> Jobs();

    /// <summary>One app.</summary>
    AppView? FindApp(AppName name);

    /// <summary>One job.</summary>
    JobView? FindJob(JobName name);

    /// <summary>Runs that are not finished, and those finished ones that the event sink has not confirmed yet; oldest first.</summary>
    IEnumerable<RunView> Runs(JobName? job = null);

    /// <summary>Of these the ones that were created last, newest first; cheap however many there are.</summary>
    /// <param name="most">Most runs.</param>
    /// <param name="job">Only of this job.</param>
    IEnumerable<RunView> NewestRuns(int most, JobName? job = null);

    /// <summary>One such run.</summary>
    RunView? FindRun(string run);

    /// <summary>Tasks that are not terminal.</summary>
    IEnumerable<TaskView> Tasks();

    /// <summary>What each unfinished run of a job waits for; empty if it waits for nothing.</summary>
    IReadOnlyList<WhyView> Why(JobName job);

    /// <summary>Agents known from offers and tasks.</summary>
    IEnumerable<AgentView> Agents();

    /// <summary>Executors that are not ended.</summary>
    IEnumerable<ExecutorView> Executors();

    /// <summary>The packages that apps and executors need; some may be told twice.</summary>
    IEnumerable<StoredPackage> Packages();

    /// <summary>The cluster connection and counters.</summary>
    ClusterView Cluster();
}
