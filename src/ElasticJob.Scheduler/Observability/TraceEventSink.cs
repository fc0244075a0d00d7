using System.Diagnostics;
using ElasticJob.Events;
using ElasticJob.Protocol.Orders;
using ElasticJob.Protocol.Traces;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;

namespace ElasticJob.Scheduler.Observability;

/// <summary>
/// Makes spans from events, once what they tell of has ended:
/// <code>
///   run            due ─────────────────────────────────────────────────────────── finished
///     task 0/1     ready ──────────────────────────────────── ended
///       queued     ready ─── launched
///       launching             launched ─── running
///       running                            running ────────── ended
///         execute …  (of the executor, below the task)
/// </code>
/// It keeps only what is going on, and reads that from the live state when it begins. Resident runs have no end: their executions are traces of the executor.
/// </summary>
/// <param name="unfinished">The unfinished runs as they stand.</param>
/// <param name="ratio">Share of the runs that are traced.</param>
internal sealed class TraceEventSink(Func<CancellationToken, ValueTask<IReadOnlyList<RunView>>> unfinished, double ratio) : IEventSink
{
    public const string SourceName = "ElasticJob.Scheduler";

    private readonly ActivitySource source = new(SourceName);
    private readonly Dictionary<string, OpenRun> runs = new(StringComparer.Ordinal);
    private long last;

    public string Name => "traces";

    public async ValueTask<long> OpenAsync(CancellationToken cancellationToken)
    {
        foreach (RunView run in await unfinished(cancellationToken))
        {
            if (run.Trigger != Trigger.Resident && RunTrace.IsSampled(run.Id, ratio))
            {
                runs[run.Id] = OpenRun.Of(run);
            }
        }

        return last;
    }

    public ValueTask WriteAsync(IReadOnlyList<SchedulerEvent> events, CancellationToken cancellationToken)
    {
        foreach (SchedulerEvent e in events)
        {
            if (e.Sequence > last)
            {
                last = e.Sequence;
                Write(e);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        source.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Write(SchedulerEvent e)
    {
        if (e.Run is null)
        {
            return;
        }

        if (e.Kind == EventKind.RunCreated && e.Trigger != Trigger.Resident && RunTrace.IsSampled(e.Run, ratio))
        {
            runs.TryAdd(e.Run, new OpenRun(e.DueAt ?? e.At, e.At, e.Trigger ?? Trigger.Manual));
        }

        if (!runs.TryGetValue(e.Run, out OpenRun? run))
        {
            return;
        }

        switch (e.Kind)
        {
            case EventKind.TaskLaunched when e.Task is not null:
                run.Tasks[e.Task] = new OpenTask(run.ReadyAt(e.Shard ?? 0, e.At), e.At);
                break;
            case EventKind.TaskStatus when e.Task is not null && run.Tasks.TryGetValue(e.Task, out OpenTask? task):
                if (e.State == TaskState.Running)
                {
                    task.RunningAt ??= e.At;
                }
                else if (e.State is { } state && state.IsTerminal())
                {
                    run.Tasks.Remove(e.Task);
                    EndTask(e, e.Task, task, state);
                }

                break;
            case EventKind.ShardDelayed:
                run.Ready[e.Shard ?? 0] = e.At;
                break;
            case EventKind.RunFinished:
                runs.Remove(e.Run);
                EndRun(e, run);
                break;
        }
    }

    private void EndTask(SchedulerEvent e, string id, OpenTask task, TaskState state)
    {
        ActivityTraceId trace = RunTrace.TraceOf(e.Run!);
        ActivitySpanId own = RunTrace.TaskSpanOf(id);
        DateTimeOffset launched = task.LaunchedAt;
        Emit(trace, own, default, "queued", task.ReadyAt, launched)?.Dispose();
        Emit(trace, own, default, "launching", launched, task.RunningAt ?? e.At)?.Dispose();
        if (task.RunningAt is { } running)
        {
            Emit(trace, own, default, "running", running, e.At)?.Dispose();
        }

        using Activity? span = Emit(trace, RunTrace.RunSpanOf(e.Run!), own, $"task {e.Job}", task.ReadyAt, e.At);
        span?.SetTag("elasticjob.job", e.Job).SetTag("elasticjob.run", e.Run).SetTag("elasticjob.task", id).SetTag("elasticjob.shard", e.Shard)
            .SetTag("elasticjob.attempt", e.Attempt).SetTag("elasticjob.agent", e.Agent).SetTag("host.name", e.Hostname)
            .SetTag("elasticjob.state", state.ToString().ToLowerInvariant())
            .SetStatus(state == TaskState.Finished ? ActivityStatusCode.Ok : ActivityStatusCode.Error, state == TaskState.Finished ? null : e.Message ?? e.Reason);
    }

    private void EndRun(SchedulerEvent e, OpenRun run)
    {
        using Activity? span = Emit(RunTrace.TraceOf(e.Run!), default, RunTrace.RunSpanOf(e.Run!), $"run {e.Job}", run.DueAt, e.At);
        span?.SetTag("elasticjob.job", e.Job).SetTag("elasticjob.run", e.Run).SetTag("elasticjob.version", e.Version)
            .SetTag("elasticjob.trigger", run.Trigger.ToString().ToLowerInvariant()).SetTag("elasticjob.outcome", e.Outcome?.ToString().ToLowerInvariant())
            .SetStatus(e.Outcome == Outcome.Succeeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error, e.Outcome == Outcome.Succeeded ? null : e.Reason);
    }

    /// <summary>A span that has its times already; it is sent when it is disposed of.</summary>
    private Activity? Emit(ActivityTraceId trace, ActivitySpanId parent, ActivitySpanId own, string name, DateTimeOffset from, DateTimeOffset to)
    {
        Activity? span = source.StartActivity(name, ActivityKind.Internal, new ActivityContext(trace, parent, ActivityTraceFlags.Recorded), startTime: from);
        if (span is not null && own != default)
        {
            SpanIdentity.Give(span, own);
        }

        // A span without any duration would be ended with the present time.
        return span?.SetEndTime((to > from ? to : from.AddTicks(1)).UtcDateTime);
    }

    private sealed record OpenRun(DateTimeOffset DueAt, DateTimeOffset CreatedAt, Trigger Trigger)
    {
        /// <summary>Since when a shard waits for its next attempt.</summary>
        public Dictionary<int, DateTimeOffset> Ready { get; } = [];

        public Dictionary<string, OpenTask> Tasks { get; } = new(StringComparer.Ordinal);

        public static OpenRun Of(RunView run)
        {
            var open = new OpenRun(run.DueAt, run.CreatedAt, run.Trigger);
            foreach (TaskView task in run.Shards.Select(s => s.Task).OfType<TaskView>().Where(t => t.EndedAt is null))
            {
                open.Tasks[task.Id] = new OpenTask(task.LaunchedAt, task.LaunchedAt) { RunningAt = task.RunningAt };
            }

            return open;
        }

        public DateTimeOffset ReadyAt(int shard, DateTimeOffset launchedAt) =>
            Ready.TryGetValue(shard, out DateTimeOffset at) && at < launchedAt ? at : CreatedAt < launchedAt ? CreatedAt : launchedAt;
    }

    private sealed record OpenTask(DateTimeOffset ReadyAt, DateTimeOffset LaunchedAt)
    {
        public DateTimeOffset? RunningAt { get; set; }
    }
}
