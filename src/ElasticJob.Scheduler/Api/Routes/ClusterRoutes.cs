using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/cluster</c>.</summary>
internal static class ClusterRoutes
{
    public static void MapCluster(this IEndpointRouteBuilder api)
    {
        api.MapGet("/cluster/status", async (ISchedulerLoop loop, ILeadership leadership, CancellationToken cancellationToken) =>
            TypedResults.Json(await StatusAsync(loop, leadership.View, cancellationToken), ApiJson.Default.ClusterStatus))
            .RequireAuthorization(Roles.Viewer).WithName("getClusterStatus").WithSummary("Who leads, the connection to the cluster, and counters.").Produces<ClusterStatus>();

        api.MapGet("/cluster/agents", async (ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(
                await loop.ReadAsync(
                    view => view.Agents().OrderBy(a => a.Hostname, StringComparer.Ordinal)
                        .Select(a => new AgentAnswer(a.Id, a.Hostname, a.Address, a.Tasks, a.Executors, Answers.Of(a.Used), a.Draining)).ToArray(),
                    cancellationToken),
                ApiJson.Default.AgentAnswerArray))
            .RequireAuthorization(Roles.Viewer).WithName("listAgents").WithSummary("Agents known from offers and tasks.").Produces<AgentAnswer[]>();

        api.MapGet("/cluster/executors", async (ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(
                await loop.ReadAsync(
                    view => view.Executors()
                        .Select(e => new ExecutorAnswer(e.Id, e.App, e.AppVersion, e.Agent, e.Hostname, e.State, e.Tasks, e.StartedAt, e.IdleSince)).ToArray(),
                    cancellationToken),
                ApiJson.Default.ExecutorAnswerArray))
            .RequireAuthorization(Roles.Viewer).WithName("listExecutors").WithSummary("Executors that are not ended.").Produces<ExecutorAnswer[]>();

        api.MapGet("/cluster/offers", async (ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(
                await loop.ReadAsync(
                    view => view.Cluster().Offers.Select(o => new OfferAnswer(o.Id, o.Agent, o.Hostname, Answers.Of(o.Resources))).ToArray(), cancellationToken),
                ApiJson.Default.OfferAnswerArray))
            .RequireAuthorization(Roles.Viewer).WithName("listOffers").WithSummary("Offers held now.").Produces<OfferAnswer[]>();
    }

    /// <summary>What the leader knows; while nobody leads, who could.</summary>
    private static async Task<ClusterStatus> StatusAsync(ISchedulerLoop loop, LeadershipView leadership, CancellationToken cancellationToken)
    {
        ClusterStatus status;
        try
        {
            status = await LiveAsync(loop, cancellationToken);
        }
        catch (SchedulerUnavailableException e)
        {
            status = new ClusterStatus { Connected = false, Fault = e.Message };
        }

        return status with
        {
            Leader = leadership.Leads ? leadership.Self.Name : leadership.OtherLeader?.Name,
            Members = [.. leadership.Members.Select((m, turn) => new MemberAnswer(m.Name, m.Address, m.Version, m.StartedAt, m.ClockAhead?.TotalSeconds, turn == 0))],
            LeaseAgeSeconds = leadership.LeaseAge?.TotalSeconds,
            Takeover = leadership.Takeover is { } t ? new TakeoverAnswer(t.At, t.Loaded?.TotalSeconds, t.Connected?.TotalSeconds) : null,
        };
    }

    public static ValueTask<ClusterStatus> LiveAsync(ISchedulerLoop loop, CancellationToken cancellationToken) => loop.ReadAsync(
        view =>
        {
            ClusterView cluster = view.Cluster();
            return new ClusterStatus
            {
                Connected = cluster.Connected,
                Fault = cluster.Fault,
                FrameworkId = cluster.FrameworkId,
                Epoch = cluster.Epoch,
                Suppressed = cluster.Suppressed,
                Jobs = cluster.Jobs,
                Runs = cluster.Runs,
                Tasks = cluster.Tasks,
                Agents = view.Agents().Count(),
                Executors = view.Executors().Count(),
                Offers = cluster.Offers.Count,
                EventBacklog = cluster.EventBacklog,
                EventBacklogIsFull = cluster.EventBacklogIsFull,
                EventFault = loop.SinkFault,
            };
        },
        cancellationToken);
}
