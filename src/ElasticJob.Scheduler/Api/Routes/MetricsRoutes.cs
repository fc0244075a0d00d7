using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduler.Observability;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/metrics</c>; docs/monitoring.md explains each.</summary>
internal static class MetricsRoutes
{
    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", async (ISchedulerLoop loop, ILeadership leadership, LoopMetrics metrics, CancellationToken cancellationToken) =>
        {
            var text = new PrometheusText();
            await WriteStateAsync(text, loop, cancellationToken);
            WriteLeadership(text, leadership.View);
            WriteLoop(text, metrics);
            WriteProcess(text);
            return TypedResults.Text(text.ToString(), PrometheusText.ContentType);
        }).AllowAnonymous().ExcludeFromDescription();

    private static async Task WriteStateAsync(PrometheusText text, ISchedulerLoop loop, CancellationToken cancellationToken)
    {
        (ClusterView Cluster, int Agents, int Executors)? state = null;
        try
        {
            state = await loop.ReadAsync(static view => (view.Cluster(), view.Agents().Count(), view.Executors().Count()), cancellationToken);
        }
        catch (SchedulerUnavailableException)
        {
            // A follower has no live state; its process is measured all the same.
        }

        text.Gauge("elasticjob_leader", "1 when this scheduler leads.", state is null ? 0 : 1);
        text.Gauge("elasticjob_store_failing", "1 when the state cannot be written at the moment.", loop.StoreFault is null ? 0 : 1);
        text.Gauge("elasticjob_event_sink_failing", "1 when an event store takes no events.", loop.SinkFault is null ? 0 : 1);
        text.Gauge("elasticjob_loop_queue_depth", "Inputs that wait for the loop.", loop.QueueDepth);
        if (state is not var (cluster, agents, executors))
        {
            return;
        }

        text.Gauge("elasticjob_cluster_connected", "1 when subscribed to the cluster.", cluster.Connected ? 1 : 0);
        text.Gauge("elasticjob_epoch", "Epoch of the leader; it grows with each takeover.", cluster.Epoch);
        text.Gauge("elasticjob_jobs", "Registered jobs.", cluster.Jobs);
        text.Gauges("elasticjob_runs", "Unfinished runs by state.", "state", Named<RunState>(cluster.RunsByState, static s => s != RunState.Finished));
        text.Gauges("elasticjob_tasks", "Live tasks by state.", "state", Named<TaskState>(cluster.TasksByState, static s => !s.IsTerminal()));
        text.Gauge("elasticjob_agents", "Known agents.", agents);
        text.Gauge("elasticjob_executors", "Executors that are not ended.", executors);
        text.Gauge("elasticjob_offers_held", "Offers held.", cluster.Offers.Count);
        text.Gauge("elasticjob_offers_suppressed", "1 when offers are suppressed because nothing waits.", cluster.Suppressed ? 1 : 0);
        text.Gauge("elasticjob_event_backlog", "Events that not every event sink has confirmed yet.", cluster.EventBacklog);
        text.Gauge("elasticjob_event_backlog_full", "1 when so many events wait that due times wait with them.", cluster.EventBacklogIsFull ? 1 : 0);
    }

    private static void WriteLeadership(PrometheusText text, LeadershipView view)
    {
        text.Gauge("elasticjob_members", "Schedulers that lead or wait to lead.", view.Members.Count);
        text.Gauge("elasticjob_lease_age_seconds", "Time since this leader last proved its lease by a write.", Seconds(view.LeaseAge));
        text.Gauge("elasticjob_takeover_loaded_seconds", "From this leader's turn until it had the state.", Seconds(view.Takeover?.Loaded));
        text.Gauge("elasticjob_takeover_connected_seconds", "From this leader's turn until the cluster had accepted it.", Seconds(view.Takeover?.Connected));
    }

    /// <summary>0 where there is nothing to measure: on a follower, and without rivals.</summary>
    private static double Seconds(TimeSpan? time) => time?.TotalSeconds ?? 0;

    private static void WriteLoop(PrometheusText text, LoopMetrics metrics)
    {
        text.Histogram("elasticjob_due_lag_seconds", "From a due time to the commit of its run; misfires are not counted.", metrics.DueLag);
        text.Histogram("elasticjob_run_start_lag_seconds", "From a due time, or a request, to the launch of the first shard.", metrics.StartLag);
        text.Histogram("elasticjob_commit_duration_seconds", "Time that the state store takes for one commit.", metrics.CommitDuration);
        text.Counter("elasticjob_commits_total", "Commits to the state store.", metrics.Commits);
        text.Counter("elasticjob_commit_failures_total", "Commits that failed and were tried again.", metrics.CommitFailures);
        text.Counter("elasticjob_commit_mutations_total", "Records written by commits.", metrics.Mutations);
        text.Counter("elasticjob_loop_inputs_total", "Inputs that the loop has handled: offers, statuses, commands.", metrics.Inputs);
        text.Counter("elasticjob_tasks_launched_total", "Tasks launched.", metrics.TasksLaunched);
        text.Counters("elasticjob_tasks_ended_total", "Tasks ended, by state.", "state", metrics.TasksEnded);
        text.Counters("elasticjob_runs_finished_total", "Runs finished, by outcome.", "outcome", metrics.RunsFinished);
        text.Counters("elasticjob_due_skipped_total", "Due times answered without a run, by reason.", "reason", metrics.DueSkipped);
    }

    private static void WriteProcess(PrometheusText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Counter("process_cpu_seconds_total", "Processor time used.", process.TotalProcessorTime.TotalSeconds);
        text.Gauge("process_resident_memory_bytes", "Memory in use.", process.WorkingSet64);
        text.Gauge("process_start_time_seconds", "Start of the process since the epoch.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d);
        text.Gauge("process_threads", "Threads of the process.", process.Threads.Count);
        text.Gauge("dotnet_gc_heap_size_bytes", "Managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        text.Counter("dotnet_gc_pause_seconds_total", "Time that collections stopped the process.", GC.GetTotalPauseDuration().TotalSeconds);
        text.Counters(
            "dotnet_gc_collections_total",
            "Garbage collections, by the oldest generation they looked at.",
            "generation",
            Enumerable.Range(0, 3).Select(g => KeyValuePair.Create(g.ToString(CultureInfo.InvariantCulture), GC.CollectionCount(g))));
        text.Gauge("dotnet_thread_pool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        text.Gauge("dotnet_thread_pool_queue_length", "Work that waits for a thread of the pool.", ThreadPool.PendingWorkItemCount);
    }

    // Every state is there, also with 0: a query must not depend on what has been seen.
    private static IEnumerable<KeyValuePair<string, int>> Named<TState>(IReadOnlyDictionary<TState, int> counts, Func<TState, bool> isShown)
        where TState : struct, Enum =>
        Enum.GetValues<TState>().Where(isShown).Select(s => KeyValuePair.Create(JsonNamingPolicy.CamelCase.ConvertName(s.ToString()), counts.GetValueOrDefault(s)));
}
