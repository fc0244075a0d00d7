using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/apps</c>.</summary>
internal static class AppRoutes
{
    public static void MapApps(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps", async (string? q, string? cursor, int? limit, ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            int most = Requests.Limit(limit);
            AppView[] apps = await loop.ReadAsync(
                view => view.Apps()
                    .Where(a => q is null || a.Definition.Name.Value.Contains(q, StringComparison.OrdinalIgnoreCase))
                    .Where(a => cursor is null || string.CompareOrdinal(a.Definition.Name.Value, cursor) > 0)
                    .OrderBy(a => a.Definition.Name).Take(most + 1).ToArray(),
                cancellationToken);
            return TypedResults.Json(
                new Page<AppAnswer>([.. apps.Take(most).Select(Answers.Of)], apps.Length > most ? apps[most - 1].Definition.Name.Value : null),
                ApiJson.Default.PageAppAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("listApps").WithSummary("The apps, by name.").Produces<Page<AppAnswer>>();

        api.MapGet("/apps/{name}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            AppView app = await loop.FindAppAsync(name, context.RequestAborted);
            Requests.TagWith(context, app.Version);
            return TypedResults.Json(Answers.Of(app), ApiJson.Default.AppAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("getApp").WithSummary("One app.").Produces<AppAnswer>().ProducesProblem(404);

        api.MapPut("/apps/{name}", async (string name, HttpContext context, Applying applying, SchedulerApiOptions options) =>
            TypedResults.Json(await DefinitionRoutes.PutOneAsync(context, "App", name, applying, options), ApiJson.Default.AppliedDocument))
            .RequireAuthorization(Roles.Admin).WithName("putApp").Accepts<JsonNode>("application/json", "application/yaml").Produces<AppliedDocument>(201).WithSummary("Stores an app.").Produces<AppliedDocument>().ProducesProblem(412).ProducesProblem(422);

        api.MapDelete("/apps/{name}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            AppName app = Requests.App(name);
            long? expected = Requests.ExpectedVersion(context.Request);
            Requests.Accepted(
                await loop.SubmitAsync(new Command.RemoveApp(Requests.ActorOf(context), app, expected), context.RequestAborted), conditional: expected is not null);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Admin).WithName("removeApp").WithSummary("Removes an app that no job uses.").ProducesProblem(404).ProducesProblem(409);

        MapEnable(api, "enable", true);
        MapEnable(api, "disable", false);
    }

    private static void MapEnable(IEndpointRouteBuilder api, string word, bool enabled) =>
        api.MapPost($"/apps/{{name}}/{word}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            Requests.Accepted(await loop.SubmitAsync(new Command.EnableApp(Requests.ActorOf(context), Requests.App(name), enabled), context.RequestAborted));
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Operator).WithName($"{word}App").WithSummary(enabled ? "Lets the app's jobs start." : "Keeps the app's jobs from starting.").ProducesProblem(404);
}
