using ElasticJob.Mesos.SchedulerApi;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>How the scheduler presents itself to Mesos.</summary>
public sealed record MesosDriverOptions
{
    /// <summary>Where the masters are.</summary>
    public required SchedulerConnectionOptions Connection { get; init; }

    /// <summary>Name of the framework; <c>ElasticJob</c> by default.</summary>
    public string FrameworkName { get; init; } = "ElasticJob";

    /// <summary>Role whose resources are used; <c>elasticjob</c> by default.</summary>
    public string Role { get; init; } = FrameworkNames.DefaultRole;

    /// <summary>
    /// User of the agents' machines that executors run as; by default the one that runs this process. Over HTTP it has to be said (<c>FrameworkInfo.user</c> in
    /// mesos.proto): an agent that switches users, as agents do by default, starts nothing for an empty one.
    /// </summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>How long the cluster keeps tasks while no scheduler is connected; a week by default.</summary>
    public TimeSpan FailoverTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Command line of the executor for apps that bring none: scripts and HTTP requests.</summary>
    public required string RunnerCommand { get; init; }

    /// <summary>Address of the console, shown by the master; asked for at each subscription. None by default.</summary>
    public Func<Uri?> WebAddress { get; init; } = static () => null;

    /// <summary>How long an executor has to end after a shutdown; 15 seconds by default.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Seed of the reconnection jitter.</summary>
    public int Seed { get; init; }
}
