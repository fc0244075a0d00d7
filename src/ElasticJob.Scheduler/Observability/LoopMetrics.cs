using System.Collections.Concurrent;
using System.Text.Json;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Scheduler.Observability;

/// <summary>What the loop counts and measures while it runs; <c>/metrics</c> reads it. Counters begin at 0 with the process.</summary>
public sealed class LoopMetrics
{
    private readonly ConcurrentDictionary<string, long> runsFinished = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> tasksEnded = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> dueSkipped = new(StringComparer.Ordinal);
    private long commits;
    private long commitFailures;
    private long mutations;
    private long inputs;
    private long tasksLaunched;

    internal Histogram CommitDuration { get; } = Histogram.OfSeconds();

    /// <summary>From a due time to the commit of its run.</summary>
    internal Histogram DueLag { get; } = Histogram.OfSeconds();

    /// <summary>From a due time, or the request, to the launch of the first shard.</summary>
    internal Histogram StartLag { get; } = Histogram.OfSeconds();

    internal long Commits => Interlocked.Read(ref commits);

    internal long CommitFailures => Interlocked.Read(ref commitFailures);

    internal long Mutations => Interlocked.Read(ref mutations);

    internal long Inputs => Interlocked.Read(ref inputs);

    internal long TasksLaunched => Interlocked.Read(ref tasksLaunched);

    internal IReadOnlyDictionary<string, long> RunsFinished => runsFinished;

    internal IReadOnlyDictionary<string, long> TasksEnded => tasksEnded;

    internal IReadOnlyDictionary<string, long> DueSkipped => dueSkipped;

    internal void Drained(int count) => Interlocked.Add(ref inputs, count);

    internal void Committed(int count, TimeSpan took)
    {
        Interlocked.Increment(ref commits);
        Interlocked.Add(ref mutations, count);
        CommitDuration.Record(took);
    }

    internal void CommitFailed() => Interlocked.Increment(ref commitFailures);

    /// <summary>Counts what has happened and is durable.</summary>
    internal void Happened(IReadOnlyList<SchedulerEvent> events, DateTimeOffset now)
    {
        foreach (SchedulerEvent e in events)
        {
            switch (e.Kind)
            {
                // A misfire is late by its nature; it would hide how late the scheduler itself is.
                case EventKind.RunCreated when e is { Trigger: Trigger.Cron, DueAt: { } due }:
                    DueLag.Record(now - due);
                    break;
                case EventKind.RunStarted when e.DueAt is { } due:
                    StartLag.Record(now - due);
                    break;
                case EventKind.RunFinished:
                    Add(runsFinished, Name(e.Outcome?.ToString()), 1);
                    break;
                case EventKind.DueSkipped:
                    Add(dueSkipped, Name(e.Reason), e.DueCount ?? 1);
                    break;
                case EventKind.TaskLaunched:
                    Interlocked.Increment(ref tasksLaunched);
                    break;
                case EventKind.TaskStatus when e.State is { } state && state.IsTerminal():
                    Add(tasksEnded, Name(state.ToString()), 1);
                    break;
            }
        }
    }

    private static void Add(ConcurrentDictionary<string, long> counts, string name, long more) => counts.AddOrUpdate(name, more, (_, count) => count + more);

    private static string Name(string? word) => JsonNamingPolicy.CamelCase.ConvertName(word ?? "unknown");
}
