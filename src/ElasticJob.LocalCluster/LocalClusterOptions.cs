using System.Net;
using ElasticJob.Local.Messaging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Local;

/// <summary>What a <see cref="LocalCluster"/> is made of.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Where state, sandboxes and the fetcher's cache live; created if missing. One cluster at a time may use it. Required.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>The address that is listened on. Default: loopback; the executor API has no protection of its own against a network.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The master's port. Default 5050; 0 takes a free one.</summary>
    public int MasterPort { get; init; } = 5050;

    /// <summary>How many agents. Default 1; at least 1.</summary>
    public int AgentCount { get; init; } = 1;

    /// <summary>What each agent offers. Default: <see cref="AgentResources.OfThisMachine"/>.</summary>
    public AgentResources? AgentResources { get; init; }

    /// <summary>Attributes of every agent, offered as text. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Attributes { get; init; } = new Dictionary<string, string>();

    /// <summary>The hostname in offers. Default: <c>localhost</c>; with several agents <c>-N</c> is not added, they share the machine.</summary>
    public string Hostname { get; init; } = "localhost";

    /// <summary>Who may call the scheduler and operator API. Default: empty, everyone. When set, executors get a token of their own.</summary>
    public IReadOnlyList<ClusterCredential> Credentials { get; init; } = [];

    /// <summary>After this an unanswered offer is rescinded. Default: null, never.</summary>
    public TimeSpan? OfferTimeout { get; init; }

    /// <summary>Pause between HEARTBEAT events. Default 15 s, as Mesos.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a started executor may take to subscribe. Default 60 s; then it is killed and its tasks fail.</summary>
    public TimeSpan ExecutorRegistrationTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a surviving executor may take to subscribe again after a restart of the cluster. Default 15 s.</summary>
    public TimeSpan ExecutorReregistrationTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an executor goes on without its agent; handed to it as <c>MESOS_RECOVERY_TIMEOUT</c>. Default 15 min.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>From SHUTDOWN to SIGKILL, where the executor names no period. Default 5 s.</summary>
    public TimeSpan ExecutorShutdownGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The first pause before an unacknowledged update is sent again; it doubles up to 10 min. Default 10 s.</summary>
    public TimeSpan UpdateRetryInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sandboxes of ended executors are removed after this. Default 7 days.</summary>
    public TimeSpan SandboxRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many sandboxes of ended executors are kept per agent; the oldest go first. Default 1,000.</summary>
    public int SandboxesKept { get; init; } = 1000;

    /// <summary>What one archive may unpack to, in bytes. Default 4 GiB.</summary>
    public long LargestUnpackedArchive { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Stands on every message path; for fault injection. Default: every message passes.</summary>
    public IMessageGate Gate { get; init; } = OpenGate.Instance;

    /// <summary>
    /// For tests: a loopback port on which orders to lose, delay, repeat and reorder messages, to restart the master or an agent and to cut an agent off are
    /// taken; 0 for a free one. It takes the place of <see cref="Gate"/>. Default: null, nobody can break anything.
    /// </summary>
    public int? FaultPort { get; init; }

    /// <summary>Where logs go. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(WorkDirectory, nameof(WorkDirectory));
        ArgumentOutOfRangeException.ThrowIfLessThan(AgentCount, 1, nameof(AgentCount));
        ArgumentOutOfRangeException.ThrowIfNegative(MasterPort, nameof(MasterPort));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MasterPort, ushort.MaxValue, nameof(MasterPort));
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The local cluster needs Linux (or WSL): it keeps executors in sessions and finds them in /proc.");
        }
    }
}
