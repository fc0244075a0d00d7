using ElasticJob.Events.Projection;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Events.Postgres;

/// <summary>All that one batch says of one run.</summary>
internal sealed class RunFold(string run)
{
    public string Run { get; } = run;

    /// <summary>The row, when the run was created in this batch.</summary>
    public RunRow? Row { get; set; }

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    public Outcome? Outcome { get; private set; }

    public string? Reason { get; private set; }

    public string? Message { get; private set; }

    /// <summary>The state of a run that was created in this batch.</summary>
    public string State => FinishedAt is not null ? "finished" : StartedAt is not null ? "running" : "ready";

    public void End(RunEnd end)
    {
        FinishedAt = end.At;
        Outcome = end.Outcome;
        Reason = end.Reason ?? Reason;
        Message = end.Message ?? Message;
    }
}
