using ElasticJob.Protocol.Reports;

namespace ElasticJob.Scheduling.Cluster;

/// <summary>News about a task.</summary>
public sealed record TaskUpdate
{
    /// <summary>Id of the task.</summary>
    public required string Task { get; init; }

    /// <summary>Its state.</summary>
    public required TaskState State { get; init; }

    /// <summary>The agent, where known.</summary>
    public string? Agent { get; init; }

    /// <summary>The executor, where known.</summary>
    public string? Executor { get; init; }

    /// <summary>Who says so: <c>master</c>, <c>agent</c> or <c>executor</c>.</summary>
    public string? Source { get; init; }

    /// <summary>Why, as the engine names it, such as <c>REASON_EXECUTOR_TERMINATED</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for a person.</summary>
    public string? Message { get; init; }

    /// <summary>Identity of the update, base64; present exactly when it must be acknowledged.</summary>
    public string? Uuid { get; init; }

    /// <summary>What the executor reports, if it could be read.</summary>
    public TaskReport? Report { get; init; }

    /// <summary>When it happened, by the clock of whoever says so.</summary>
    public DateTimeOffset? At { get; init; }
}
