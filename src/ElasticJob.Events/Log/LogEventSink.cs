using ElasticJob.Scheduling.Events;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Events;

/// <summary>Writes events to a logger: one line each, with the event's members as structured values. It keeps nothing.</summary>
public sealed partial class LogEventSink(ILogger<LogEventSink> logger) : IEventSink
{
    private long last;

    /// <inheritdoc/>
    public string Name => "log";

    /// <inheritdoc/>
    public ValueTask<long> OpenAsync(CancellationToken cancellationToken) => ValueTask.FromResult(last);

    /// <inheritdoc/>
    public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        foreach (SchedulerEvent e in events)
        {
            if (e.Sequence > last && e.Audit is { } audit)
            {
                Audited(e.Sequence, e.Actor, audit.Remote, audit.Operation, audit.Subject, audit.Refused ? "refused" : "done", e.Message);
                last = e.Sequence;
            }
            else if (e.Sequence > last)
            {
                Happened(e.Sequence, e.Kind, e.Job ?? e.App, e.Run, e.Shard, e.Task, e.State, e.Outcome, e.Reason, e.Message);
                last = e.Sequence;
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [LoggerMessage(
        EventId = 5100,
        EventName = "SchedulerEvent",
        Level = LogLevel.Information,
        Message = "{Sequence} {Kind} {Name} run {Run} shard {Shard} task {Task} state {State} outcome {Outcome} reason {Reason}: {Text}")]
    private partial void Happened(
        long sequence,
        EventKind kind,
        string? name,
        string? run,
        int? shard,
        string? task,
        Scheduling.Cluster.TaskState? state,
        Outcome? outcome,
        string? reason,
        string? text);

    [LoggerMessage(
        EventId = 5101,
        EventName = "Audited",
        Level = LogLevel.Information,
        Message = "{Sequence} {Actor} from {Remote} asked {Operation} of {Subject}: {Result} {Text}")]
    private partial void Audited(long sequence, string? actor, string? remote, string operation, string? subject, string result, string? text);
}
