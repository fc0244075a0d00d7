using System.Text.Json.Nodes;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>A job.</summary>
public sealed record JobAnswer
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its app.</summary>
    public required string App { get; init; }

    /// <summary>Version of its definition, from 1; also its ETag.</summary>
    public required long Version { get; init; }

    /// <summary>Where it stands, in one word.</summary>
    public required JobState State { get; init; }

    /// <summary>Whether it may start.</summary>
    public required bool Enabled { get; init; }

    /// <summary><c>class</c>, <c>script</c> or <c>http</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Transient or resident.</summary>
    public required JobMode Mode { get; init; }

    /// <summary>Its schedules as text: cron expressions, and <c>every 30s</c> for an interval.</summary>
    public required IReadOnlyList<string> Schedule { get; init; }

    /// <summary>Number of shards.</summary>
    public required int Shards { get; init; }

    /// <summary>When it was first stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was stored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The next due time, if it has one.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>Runs that wait to start.</summary>
    public int WaitingRuns { get; init; }

    /// <summary>Runs that are going on.</summary>
    public int RunningRuns { get; init; }

    /// <summary>How its last run ended.</summary>
    public LastRunAnswer? Last { get; init; }

    /// <summary>Why it cannot be scheduled, if so.</summary>
    public string? Fault { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>The definition, as <c>apply</c> takes it; absent in lists.</summary>
    public JsonObject? Definition { get; init; }
}

/// <summary>How a job's last run ended.</summary>
/// <param name="Run">The run.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="FinishedAt">When.</param>
public sealed record LastRunAnswer(string Run, Outcome Outcome, DateTimeOffset FinishedAt);

/// <summary>Where a job stands, in one word; of several that hold, the first in this order.</summary>
public enum JobState
{
    /// <summary>Its stored definition cannot be scheduled.</summary>
    Faulty,

    /// <summary>It, or its app, is disabled.</summary>
    Disabled,

    /// <summary>At least one run is going on.</summary>
    Running,

    /// <summary>At least one run waits to start.</summary>
    Waiting,

    /// <summary>Nothing to do until the next due time or trigger.</summary>
    Idle,
}
