using System.Text.Json.Serialization;

namespace ElasticJob.Protocol.Orders;

/// <summary>What a shard does.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ClassWork), "class")]
[JsonDerivedType(typeof(ScriptWork), "script")]
[JsonDerivedType(typeof(HttpWork), "http")]
public abstract record Work;

/// <summary>Runs a job class of the app.</summary>
/// <param name="Name">The name under which the app registered the class; by default the job's name.</param>
/// <param name="Streaming">For a dataflow class: fetch and process again until a fetch yields nothing.</param>
public sealed record ClassWork(string Name, bool Streaming = false) : Work;

/// <summary>
/// Runs a command. The context is never part of the command's text: it is in environment variables (<c>ELASTICJOB_*</c>) and in
/// the JSON file that <c>ELASTICJOB_CONTEXT_FILE</c> names.
/// </summary>
public sealed record ScriptWork : Work
{
    // The generated reader gives null to what is absent in the JSON; absent means the default.
    private const string DefaultShell = "/bin/sh";

    /// <summary>With <see cref="Arguments"/> absent: a line for <see cref="Shell"/>. Otherwise: the program.</summary>
    public required string Command { get; init; }

    /// <summary>Arguments handed to the program as they are, without a shell.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    /// <summary>The shell for a command line; <c>/bin/sh</c> by default.</summary>
    public string Shell { get; init => field = value ?? DefaultShell; } = DefaultShell;

    /// <summary>Text for the standard input; nothing (end of file) by default.</summary>
    public string? StandardInput { get; init; }

    /// <summary>Further environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Directory to run in; the executor's sandbox by default.</summary>
    public string? WorkingDirectory { get; init; }
}

/// <summary>Sends one HTTP request; any answer outside <see cref="SuccessStatus"/> fails the attempt.</summary>
public sealed record HttpWork : Work
{
    // The generated reader gives null or zero to what is absent in the JSON; absent means the default.
    private const string DefaultMethod = "POST";
    private const string DefaultSuccess = "200-299";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Absolute http or https address.</summary>
    public required string Url { get; init; }

    /// <summary>Method; <c>POST</c> by default.</summary>
    public string Method { get; init => field = value ?? DefaultMethod; } = DefaultMethod;

    /// <summary>Headers sent in addition to the context headers (<c>ElasticJob-Job</c>, <c>-Run</c>, <c>-Shard</c>, …).</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Headers whose value is no part of the order, because it is a secret; the executor finds it when it sends the request.</summary>
    public IReadOnlyDictionary<string, ValueReference>? ReferencedHeaders { get; init; }

    /// <summary>Body of the request, if any.</summary>
    public string? Body { get; init; }

    /// <summary>A body that is no part of the order, because it holds a secret; the executor finds it when it sends the request. Wins over <see cref="Body"/>.</summary>
    public ValueReference? ReferencedBody { get; init; }

    /// <summary>Inclusive range of status codes that mean success, such as <c>200-299</c> (the default) or <c>200</c>.</summary>
    public string SuccessStatus { get; init => field = value ?? DefaultSuccess; } = DefaultSuccess;

    /// <summary>Time for the whole exchange; one minute by default.</summary>
    public TimeSpan Timeout { get; init => field = value == TimeSpan.Zero ? DefaultTimeout : value; } = DefaultTimeout;
}

/// <summary>Where the executor finds a value: one of the two is set.</summary>
public sealed record ValueReference
{
    /// <summary>A variable of the executor's environment.</summary>
    public string? FromEnv { get; init; }

    /// <summary>Absolute path of a file that the executor can read; its text counts without the line break at its end.</summary>
    public string? FromFile { get; init; }
}
