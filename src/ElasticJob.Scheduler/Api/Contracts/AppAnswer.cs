using System.Text.Json.Nodes;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>An app.</summary>
public sealed record AppAnswer
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Version of its definition, from 1; also its ETag.</summary>
    public required long Version { get; init; }

    /// <summary>When this version was stored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Whether its jobs may start.</summary>
    public required bool Enabled { get; init; }

    /// <summary>How many jobs use it.</summary>
    public required int Jobs { get; init; }

    /// <summary>Digest of the stored package, if it has one.</summary>
    public string? PackageDigest { get; init; }

    /// <summary>The definition, as <c>apply</c> takes it.</summary>
    public required JsonObject Definition { get; init; }
}
