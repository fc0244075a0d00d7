using System.Net;
using ElasticJob.Mesos.Http;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Observability;
using ElasticJob.Scheduling.Core;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>Settings of one scheduler.</summary>
public sealed record SchedulerHostOptions
{
    /// <summary>Where state, events, packages and secrets are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where the Mesos masters are.</summary>
    public required MasterAddresses Masters { get; init; }

    /// <summary>For masters and agents that ask for HTTP Basic.</summary>
    public MesosCredential? Credential { get; init; }

    /// <summary>Command line of the executor for apps that bring none: scripts and HTTP requests.</summary>
    public required string RunnerCommand { get; init; }

    /// <summary>Address on which the API listens; the loopback by default.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Certificate and key of the API; absent by default: HTTP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>
    /// Whether the API may listen without TLS on an address that other machines reach, because something in front of it does TLS; no by default.
    /// </summary>
    public bool AllowInsecure { get; init; }

    /// <summary>Port of the API; 8899 by default, 0 for a free one.</summary>
    public int Port { get; init; } = 8899;

    /// <summary>Further host names under which the API may be called.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>
    /// Where state and leadership are kept, so that several schedulers can share the work of one: ZooKeeper with a chroot of their own. Absent by default:
    /// the state is in the data folder, and this scheduler is the only one.
    /// </summary>
    public ZooKeeperOptions? ZooKeeper { get; init; }

    /// <summary>
    /// Name of the cluster, the same for all its schedulers: those of another one refuse to start at its place in ZooKeeper. By default the cluster is known
    /// by its Mesos masters.
    /// </summary>
    public string? Cluster { get; init; }

    /// <summary>Name of this scheduler among those that share the state; by default the host name and the port.</summary>
    public string? Instance { get; init; }

    /// <summary>Where the other schedulers reach this one's API; by default the address on which it listens.</summary>
    public Uri? AdvertisedAddress { get; init; }

    /// <summary>
    /// Where several schedulers share the lead: hears the link that signs the first person in, once and within the hour. Only the scheduler hears it that leads
    /// while there is neither a user nor a link that is still good: the first leader of a new cluster.
    /// </summary>
    public Action<Uri>? SignInLinkMade { get; init; }

    /// <summary>Role whose resources are used; <c>elasticjob</c> by default.</summary>
    public string Role { get; init; } = FrameworkNames.DefaultRole;

    /// <summary>User of the agents' machines that executors run as; by default the one that runs this process.</summary>
    public string User { get; init; } = Environment.UserName;

    /// <summary>Settings of the core.</summary>
    public CoreOptions Core { get; init; } = new();

    /// <summary>Where events go; into the data folder by default.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>Where traces go; nowhere by default.</summary>
    public TraceOptions Traces { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Takes the logs; by default warnings and errors go to the console.</summary>
    public Action<Microsoft.Extensions.Logging.ILoggingBuilder>? Logging { get; init; }
}
