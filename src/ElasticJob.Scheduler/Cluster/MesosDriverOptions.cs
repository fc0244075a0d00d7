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
    public string Role { get; init; } = "elasticjob";

    /// <summary>User that executors run as; the agent's own when empty (the default).</summary>
    public string User { get; init; } = "";

    /// <summary>How long the cluster keeps tasks while no scheduler is connected; a week by default.</summary>
    public TimeSpan FailoverTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Command line of the executor for apps that bring none: scripts and HTTP requests.</summary>
    public required string RunnerCommand { get; init; }

    /// <summary>Address of the console, shown by the master.</summary>
    public string? WebAddress { get; init; }

    /// <summary>How long an executor has to end after a shutdown; 15 seconds by default.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Seed of the reconnection jitter.</summary>
    public int Seed { get; init; }
}
