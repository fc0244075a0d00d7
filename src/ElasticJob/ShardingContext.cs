using ElasticJob.Protocol.Orders;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob;

/// <summary>Which shard of which run an execution is. Each execution has one of its own; a test of a job makes one itself.</summary>
public sealed class ShardingContext
{
    /// <summary>Name of the job.</summary>
    public required string JobName { get; init; }

    /// <summary>Id of the run.</summary>
    public string RunId { get; init; } = "local";

    /// <summary>Id of the task; unique for ever, a new one for each attempt.</summary>
    public string TaskId { get; init; } = "local";

    /// <summary>The due time this execution answers; for manual runs the time of the request.</summary>
    public DateTimeOffset ScheduledAt { get; init; }

    /// <summary>Why it runs.</summary>
    public Trigger Trigger { get; init; } = Trigger.Manual;

    /// <summary>Which share of the work: 0 to <see cref="ShardingTotalCount"/> − 1.</summary>
    public int ShardingItem { get; init; }

    /// <summary>How many shares there are.</summary>
    public int ShardingTotalCount { get; init; } = 1;

    /// <summary>The parameter of this shard, if the job defines one.</summary>
    public string? ShardingParameter { get; init; }

    /// <summary>The parameter of the job, or of the manual trigger that overrides it.</summary>
    public string? JobParameter { get; init; }

    /// <summary>1 for the first attempt, then 2, 3, …</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Grows with every attempt of this shard over all runs: hand it to a store that refuses writers with a smaller token.</summary>
    public long FencingToken { get; init; }

    /// <summary>Writes into this task's own log, as every <see cref="ILogger"/> does that is used inside the execution.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Receives what <see cref="ReportProgress"/> is told; for tests of jobs.</summary>
    public Action<double, string?>? OnProgress { get; init; }

    /// <summary>Says how far the execution is. May be called as often as wished; at most one report a second goes out.</summary>
    /// <param name="fraction">From 0 to 1; values outside are cut.</param>
    /// <param name="text">A few words for people.</param>
    public void ReportProgress(double fraction, string? text = null) =>
        OnProgress?.Invoke(double.IsNaN(fraction) ? 0 : Math.Clamp(fraction, 0, 1), text);
}
