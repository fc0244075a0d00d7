using System.Globalization;
using System.Text;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Loop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/</c>, <c>/healthz</c> and <c>/metrics</c>.</summary>
internal static class PlatformRoutes
{
    public static void MapPlatform(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => TypedResults.Text(
            """
            ElasticJob

            /api/v1            the REST API (Authorization: Bearer TOKEN; the first token is in secrets/api-token of the data folder)
            /openapi/v1.json   its description
            /healthz/live      the process answers
            /healthz/ready     it can serve requests
            /healthz/leader    it leads
            /metrics           Prometheus text

            Command line: elasticjob job list
            """ + "\n")).ExcludeFromDescription();

        app.MapGet("/healthz/live", () => TypedResults.Json(new HealthAnswer("ok"), ApiJson.Default.HealthAnswer)).WithName("live").WithSummary("The process answers.").Produces<HealthAnswer>();
        app.MapGet("/healthz/leader", (ISchedulerLoop loop, CancellationToken cancellationToken) => HealthAsync(loop, false, cancellationToken)).WithName("leader").WithSummary("This scheduler leads.").Produces<HealthAnswer>().Produces<HealthAnswer>(503);
        app.MapGet("/healthz/ready", (ISchedulerLoop loop, CancellationToken cancellationToken) => HealthAsync(loop, true, cancellationToken)).WithName("ready").WithSummary("It can serve requests and reaches the cluster.").Produces<HealthAnswer>().Produces<HealthAnswer>(503);
        app.MapGet("/metrics", MetricsAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> HealthAsync(ISchedulerLoop loop, bool connected, CancellationToken cancellationToken)
    {
        try
        {
            if (connected && loop.StoreFault is { } ill)
            {
                return TypedResults.Json(new HealthAnswer("unavailable", $"The state cannot be written: {ill}"), ApiJson.Default.HealthAnswer, statusCode: 503);
            }

            (bool isConnected, string? fault) = await loop.ReadAsync(view => (view.Cluster().Connected, view.Cluster().Fault), cancellationToken);
            return !connected || isConnected
                ? TypedResults.Json(new HealthAnswer("ok"), ApiJson.Default.HealthAnswer)
                : TypedResults.Json(new HealthAnswer("unavailable", fault ?? "The scheduler is not connected to a cluster yet."), ApiJson.Default.HealthAnswer, statusCode: 503);
        }
        catch (SchedulerUnavailableException e)
        {
            return TypedResults.Json(new HealthAnswer("unavailable", e.Message), ApiJson.Default.HealthAnswer, statusCode: 503);
        }
    }

    private static async Task<IResult> MetricsAsync(ISchedulerLoop loop, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        void Gauge(string name, string help, double value, string type = "gauge") =>
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n{name} {value:R}\n");

        ClusterStatus? status = null;
        try
        {
            status = await ClusterRoutes.StatusAsync(loop, cancellationToken);
        }
        catch (SchedulerUnavailableException)
        {
            // A follower has no live state; its process is measured all the same.
        }

        Gauge("elasticjob_leader", "1 when this scheduler leads.", status is null ? 0 : 1);
        if (status is not null)
        {
            Gauge("elasticjob_cluster_connected", "1 when subscribed to the cluster.", status.Connected ? 1 : 0);
            Gauge("elasticjob_offers_suppressed", "1 when offers are suppressed because nothing waits.", status.Suppressed ? 1 : 0);
            Gauge("elasticjob_epoch", "Epoch of the leader.", status.Epoch);
            Gauge("elasticjob_jobs", "Registered jobs.", status.Jobs);
            Gauge("elasticjob_runs_unfinished", "Runs that are not finished.", status.Runs);
            Gauge("elasticjob_tasks_live", "Tasks that are not terminal.", status.Tasks);
            Gauge("elasticjob_agents", "Known agents.", status.Agents);
            Gauge("elasticjob_executors", "Executors that are not ended.", status.Executors);
            Gauge("elasticjob_offers_held", "Offers held.", status.Offers);
            Gauge("elasticjob_event_backlog", "Events that the event store has not confirmed yet.", status.EventBacklog);
            Gauge("elasticjob_event_backlog_full", "1 when so many events wait that due times wait with them.", status.EventBacklogIsFull ? 1 : 0);
            Gauge("elasticjob_event_sink_failing", "1 when an event store takes no events.", status.EventFault is null ? 0 : 1);
        }

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        Gauge("process_cpu_seconds_total", "Processor time used.", process.TotalProcessorTime.TotalSeconds, "counter");
        Gauge("process_resident_memory_bytes", "Memory in use.", process.WorkingSet64);
        Gauge("process_start_time_seconds", "Start of the process since the epoch.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000d);
        Gauge("dotnet_gc_heap_bytes", "Managed heap.", GC.GetTotalMemory(forceFullCollection: false));
        Gauge("dotnet_thread_pool_threads", "Threads of the pool.", ThreadPool.ThreadCount);
        Gauge("dotnet_gc_collections_total", "Garbage collections of the oldest generation.", GC.CollectionCount(2), "counter");
        return TypedResults.Text(text.ToString(), "text/plain; version=0.0.4; charset=utf-8");
    }
}
