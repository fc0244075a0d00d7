using System.Net;
using ElasticJob.Events;
using ElasticJob.Mesos.Http;
using ElasticJob.Scheduling.Core;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>Settings of one scheduler.</summary>
public sealed record SchedulerHostOptions
{
    /// <summary>Where state, events, packages and secrets are kept.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Addresses of the Mesos masters, at least one.</summary>
    public required IReadOnlyList<Uri> Masters { get; init; }

    /// <summary>For masters and agents that ask for HTTP Basic.</summary>
    public MesosCredential? Credential { get; init; }

    /// <summary>Command line of the executor for apps that bring none: scripts and HTTP requests.</summary>
    public required string RunnerCommand { get; init; }

    /// <summary>Address on which the API listens; the loopback by default.</summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Port of the API; 8899 by default, 0 for a free one.</summary>
    public int Port { get; init; } = 8899;

    /// <summary>Further host names under which the API may be called.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Role whose resources are used; <c>elasticjob</c> by default.</summary>
    public string Role { get; init; } = "elasticjob";

    /// <summary>User that executors run as; the agent's own when empty (the default).</summary>
    public string User { get; init; } = "";

    /// <summary>Settings of the core.</summary>
    public CoreOptions Core { get; init; } = new();

    /// <summary>Where events go; into the data folder by default.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>How long events are kept.</summary>
    public EventRetention Retention { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Takes the logs; by default warnings and errors go to the console.</summary>
    public Action<Microsoft.Extensions.Logging.ILoggingBuilder>? Logging { get; init; }
}
