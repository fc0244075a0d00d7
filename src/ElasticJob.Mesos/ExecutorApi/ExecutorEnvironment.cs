namespace ElasticJob.Mesos.ExecutorApi;

/// <summary>What an agent tells an executor in its environment.</summary>
public sealed record ExecutorEnvironment
{
    /// <summary>The variable whose presence makes a program an executor.</summary>
    public const string AgentEndpointVariable = "MESOS_AGENT_ENDPOINT";

    /// <summary>Where the agent listens: <c>host:port</c> of <c>MESOS_AGENT_ENDPOINT</c> as an http address.</summary>
    public required Uri Agent { get; init; }

    /// <summary><c>MESOS_FRAMEWORK_ID</c>.</summary>
    public required string FrameworkId { get; init; }

    /// <summary><c>MESOS_EXECUTOR_ID</c>.</summary>
    public required string ExecutorId { get; init; }

    /// <summary>The sandbox as this process sees it: <c>MESOS_SANDBOX</c> in a container with an own root, else <c>MESOS_DIRECTORY</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>The sandbox as the agent's host sees it (<c>MESOS_DIRECTORY</c>): the path under which LIST_FILES and READ_FILE know it.</summary>
    public required string HostDirectory { get; init; }

    /// <summary><c>MESOS_CHECKPOINT</c>: whether the executor outlives a restart of the agent.</summary>
    public bool Checkpoint { get; init; }

    /// <summary><c>MESOS_RECOVERY_TIMEOUT</c>: how long to look for a restarted agent; 15 minutes by default.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary><c>MESOS_SUBSCRIPTION_BACKOFF_MAX</c>: the longest pause between two attempts to subscribe; 2 seconds by default.</summary>
    public TimeSpan SubscriptionBackoffMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary><c>MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD</c>: how long the agent waits after SHUTDOWN; 5 seconds by default.</summary>
    public TimeSpan ShutdownGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>MESOS_EXECUTOR_AUTHENTICATION_TOKEN</c>; never printed.</summary>
    public string? AuthenticationToken { get; init; }

    /// <summary><c>MESOS_DOMAIN_SOCKET</c>: path of a Unix socket on which the agent serves executors, if it does.</summary>
    public string? DomainSocket { get; init; }

    /// <summary>Reads the environment of this process, or of a test.</summary>
    /// <param name="variable">Gives the value of a variable, <see langword="null"/> if it is not set.</param>
    /// <exception cref="FormatException">A required variable is missing or a value is malformed; the message names it.</exception>
    public static ExecutorEnvironment Read(Func<string, string?> variable)
    {
        string endpoint = Required(variable, AgentEndpointVariable);
        if (!Uri.TryCreate($"http://{endpoint}/", UriKind.Absolute, out Uri? agent))
        {
            throw new FormatException($"{AgentEndpointVariable} is '{endpoint}', not host:port.");
        }

        string host = Required(variable, "MESOS_DIRECTORY");
        string? sandbox = variable("MESOS_SANDBOX");
        return new ExecutorEnvironment
        {
            Agent = agent,
            FrameworkId = Required(variable, "MESOS_FRAMEWORK_ID"),
            ExecutorId = Required(variable, "MESOS_EXECUTOR_ID"),
            HostDirectory = host,
            Directory = string.IsNullOrEmpty(sandbox) ? host : sandbox,
            Checkpoint = variable("MESOS_CHECKPOINT") is "1" or "true",
            RecoveryTimeout = Duration(variable, "MESOS_RECOVERY_TIMEOUT", TimeSpan.FromMinutes(15)),
            SubscriptionBackoffMax = Duration(variable, "MESOS_SUBSCRIPTION_BACKOFF_MAX", TimeSpan.FromSeconds(2)),
            ShutdownGracePeriod = Duration(variable, "MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", TimeSpan.FromSeconds(5)),
            AuthenticationToken = variable("MESOS_EXECUTOR_AUTHENTICATION_TOKEN"),
            DomainSocket = variable("MESOS_DOMAIN_SOCKET") is { Length: > 0 } socket ? socket : null,
        };
    }

    /// <summary>Everything but the token.</summary>
    public override string ToString() => $"ExecutorEnvironment {{ Agent = {Agent}, ExecutorId = {ExecutorId}, FrameworkId = {FrameworkId} }}";

    private static string Required(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } value
        ? value
        : throw new FormatException($"{name} is not set; an agent sets it for every executor it starts.");

    private static TimeSpan Duration(Func<string, string?> variable, string name, TimeSpan otherwise)
    {
        string? text = variable(name);
        return string.IsNullOrEmpty(text) ? otherwise
            : MesosDuration.TryParse(text, out TimeSpan duration) ? duration
            : throw new FormatException($"{name} is '{text}', not a duration such as 15mins or 2secs.");
    }
}
