using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduling.Views;

/// <summary>A job as it stands.</summary>
public sealed record JobView
{
    /// <summary>The definition.</summary>
    public required JobDefinition Definition { get; init; }

    /// <summary>Its version, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>When the job was first stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this version was stored.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The next due time, if it is enabled and has one.</summary>
    public DateTimeOffset? NextDue { get; init; }

    /// <summary>Runs that wait to start.</summary>
    public int WaitingRuns { get; init; }

    /// <summary>Runs that are going on.</summary>
    public int RunningRuns { get; init; }

    /// <summary>The run that ended last.</summary>
    public LastRun? Last { get; init; }

    /// <summary>Set when the stored definition cannot be scheduled any more; it harms only itself.</summary>
    public string? Fault { get; init; }

    /// <summary>Due times up to this one are answered.</summary>
    public DateTimeOffset? AnsweredUpTo { get; init; }

    /// <summary>The compiled schedules, with the anchor of an interval.</summary>
    public IReadOnlyList<Protocol.Schedules.Schedule> Schedules { get; init; } = [];
}

/// <summary>How a job's last run ended.</summary>
/// <param name="Run">The run.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="FinishedAt">When.</param>
public sealed record LastRun(string Run, Outcome Outcome, DateTimeOffset FinishedAt);
