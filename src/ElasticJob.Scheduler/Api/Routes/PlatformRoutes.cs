using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/</c> and <c>/healthz</c>.</summary>
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

            /sign-in           signs in with a browser

            Command line: elasticjob job list
            """ + "\n")).AllowAnonymous().ExcludeFromDescription();

        app.MapGet("/healthz/live", () => TypedResults.Json(new HealthAnswer("ok"), ApiJson.Default.HealthAnswer)).AllowAnonymous().WithName("live").WithSummary("The process answers.").Produces<HealthAnswer>();
        app.MapGet("/healthz/leader", (ISchedulerLoop loop, CancellationToken cancellationToken) => HealthAsync(loop, false, cancellationToken)).AllowAnonymous().WithName("leader").WithSummary("This scheduler leads.").Produces<HealthAnswer>().Produces<HealthAnswer>(503);
        app.MapGet("/healthz/ready", (ISchedulerLoop loop, ILeadership leadership, CancellationToken cancellationToken) => ReadyAsync(loop, leadership.View, cancellationToken)).AllowAnonymous().WithName("ready").WithSummary("It can serve requests and reaches the cluster.").Produces<HealthAnswer>().Produces<HealthAnswer>(503);
    }

    /// <summary>A follower is ready when it knows whom to ask.</summary>
    private static async Task<IResult> ReadyAsync(ISchedulerLoop loop, LeadershipView leadership, CancellationToken cancellationToken) =>
        leadership is { Leads: false, Fault: null, OtherLeader: { } leader }
            ? TypedResults.Json(new HealthAnswer("ok", $"{leader.Name} leads"), ApiJson.Default.HealthAnswer)
            : await HealthAsync(loop, true, cancellationToken);

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
}
