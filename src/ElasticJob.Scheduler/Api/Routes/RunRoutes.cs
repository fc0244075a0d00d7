using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Events;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/runs</c>.</summary>
internal static class RunRoutes
{
    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        api.MapGet("/runs", async (string? job, string? state, string? outcome, string? trigger, string? since, string? until, string? cursor, int? limit, RunHistory history, TimeProvider time, CancellationToken cancellationToken) =>
        {
            string? name = job is null ? null : Requests.Job(job).Value;
            return TypedResults.Json(
                await history.ListAsync(Filter(name, state, outcome, trigger, since, until, time), Requests.Limit(limit), cursor, cancellationToken),
                ApiJson.Default.PageRunAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("listRuns").WithSummary("Runs, newest first.").Produces<Page<RunAnswer>>().ProducesProblem(400);

        api.MapGet("/runs/{id}", async (string id, RunHistory history, CancellationToken cancellationToken) =>
            TypedResults.Json(Answers.Of(await history.FindAsync(id, cancellationToken), whole: true), ApiJson.Default.RunAnswer))
            .RequireAuthorization(Roles.Viewer).WithName("getRun").WithSummary("One run with its shards.").Produces<RunAnswer>().ProducesProblem(404);

        api.MapGet("/runs/{id}/tasks", async (string id, string? cursor, int? limit, RunHistory history, CancellationToken cancellationToken) =>
            TypedResults.Json(await history.TasksAsync(id, Requests.Limit(limit, 1000), cursor, cancellationToken), ApiJson.Default.PageTaskAnswer))
            .RequireAuthorization(Roles.Viewer).WithName("listTasks").WithSummary("Every attempt at every shard of the run.").Produces<Page<TaskAnswer>>().ProducesProblem(404);

        api.MapPost("/runs/{id}/kill", async (string id, HttpContext context, ISchedulerLoop loop, SchedulerApiOptions options) =>
        {
            KillRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.KillRequest, new KillRequest(), context.RequestAborted);
            Requests.Accepted(await loop.SubmitAsync(new Command.KillRun(Requests.ActorOf(context), id, request.Shard), context.RequestAborted));
            return TypedResults.Accepted(ApiRoutes.Run(id));
        }).RequireAuthorization(Roles.Operator).WithName("killRun").WithSummary("Ends the run, or one shard of it.").Accepts<KillRequest>(true, "application/json").ProducesProblem(404).ProducesProblem(409);

        api.MapPost("/runs/{id}/declare-lost", async (string id, HttpContext context, ISchedulerLoop loop, SchedulerApiOptions options) =>
        {
            DeclareLostRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.DeclareLostRequest, new DeclareLostRequest(), context.RequestAborted);
            int shard = request.Shard ?? throw Refusal.BadRequest("shard: say which shard's place is lost");
            Requests.Accepted(await loop.SubmitAsync(new Command.DeclareLost(Requests.ActorOf(context), id, shard), context.RequestAborted));
            return TypedResults.Accepted(ApiRoutes.Run(id));
        }).RequireAuthorization(Roles.Operator).WithName("declareLost").WithSummary("Takes the place of a shard for lost, though the cluster cannot tell: the failover policy decides what follows.").Accepts<DeclareLostRequest>("application/json").ProducesProblem(404).ProducesProblem(409);
    }

    public static Store.RunFilter Filter(string? job, string? state, string? outcome, string? trigger, string? since, string? until, TimeProvider time) => new()
    {
        Job = job,
        State = Requests.Choice<RunState>("state", state),
        Outcome = Requests.Choice<Outcome>("outcome", outcome),
        Trigger = Requests.Choice<Trigger>("trigger", trigger),
        Since = Requests.Instant("since", since, time),
        Until = Requests.Instant("until", until, time),
    };
}
