namespace ElasticJob.Scheduling.Definitions;

/// <summary>What is shipped: a package or image, the command that starts its executor, and what the executor itself needs.</summary>
public sealed record AppDefinition
{
    /// <summary>Name of the app.</summary>
    public required AppName Name { get; init; }

    /// <summary>Address of the package: http(s), <c>file:</c> or a folder. Absent for apps that only run scripts and HTTP requests.</summary>
    public string? Package { get; init; }

    /// <summary>Expected checksum of the package, <c>sha256:</c> and 64 hexadecimal digits.</summary>
    public string? Checksum { get; init; }

    /// <summary>
    /// The stored copy of the package that executors unpack, set when the definition is accepted: content-addressed, so that a changed package is
    /// a changed app.
    /// </summary>
    public StoredPackage? Stored { get; init; }

    /// <summary>Container image; instead of a package.</summary>
    public string? Image { get; init; }

    /// <summary>Command line that starts the executor in the unpacked package; absent: the platform's own executor for scripts and HTTP.</summary>
    public string? Command { get; init; }

    /// <summary>What the executor itself needs, beside its shards; 0.1 CPU and 64 MiB by default.</summary>
    public Resources Resources { get; init; } = Resources.Of(0.1, 64);

    /// <summary>Environment of the executor.</summary>
    public SortedDictionary<string, EnvironmentValue> Environment { get; init; } = [];

    /// <summary>How long an executor without work stays up; 5 minutes by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether jobs of this app may start.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>For people.</summary>
    public string? Description { get; init; }
}

/// <summary>A package as the platform keeps it.</summary>
/// <param name="Uri">Where agents fetch it.</param>
/// <param name="Digest"><c>sha256:</c> and the digest of the archive's bytes.</param>
public sealed record StoredPackage(string Uri, string Digest);

/// <summary>Value of an environment variable: literal, or a reference that the agent resolves when the executor starts.</summary>
public sealed record EnvironmentValue
{
    /// <summary>The value itself; never a secret.</summary>
    public string? Value { get; init; }

    /// <summary>Absolute path of a file on the agent that holds the value.</summary>
    public string? FromFile { get; init; }

    /// <summary>Name of an environment variable of the agent that holds the value.</summary>
    public string? FromEnv { get; init; }
}
