using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>/api/app</c>.</summary>
internal static class CloudAppRoutes
{
    public static void MapCloudApps(this IEndpointRouteBuilder api)
    {
        api.MapPost("/app", (HttpContext context, ISchedulerLoop loop, Applying applying) => StoreAsync(context, loop, applying, isNew: true))
            .RequireAuthorization(Roles.Admin);
        api.MapPut("/app", (HttpContext context, ISchedulerLoop loop, Applying applying) => StoreAsync(context, loop, applying, isNew: false))
            .RequireAuthorization(Roles.Admin);
        api.MapGet("/app/list", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(view => view.Apps().OrderBy(a => a.Definition.Name).Select(a => CloudAppDocument.Answer(a.Definition)).ToArray(), cancellationToken),
            CloudJson.Default.CloudAppArray)).RequireAuthorization(Roles.Viewer);
        api.MapGet("/app/{appName}", async (string appName, ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(CloudAppDocument.Answer((await loop.FindAppAsync(appName, cancellationToken)).Definition), CloudJson.Default.CloudApp))
            .RequireAuthorization(Roles.Viewer);
        api.MapDelete("/app/{appName}", RemoveAsync).RequireAuthorization(Roles.Admin);
        api.MapGet("/app/{appName}/disable", async (string appName, ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(!(await loop.FindAppAsync(appName, cancellationToken)).Definition.Enabled, CloudJson.Default.Boolean))
            .RequireAuthorization(Roles.Viewer);
        api.MapPost("/app/{appName}/disable", (string appName, HttpContext context, ISchedulerLoop loop) => EnableAsync(appName, context, loop, false))
            .RequireAuthorization(Roles.Operator);
        api.MapDelete("/app/{appName}/disable", (string appName, HttpContext context, ISchedulerLoop loop) => EnableAsync(appName, context, loop, true))
            .RequireAuthorization(Roles.Operator);
        api.MapPost("/app/{appName}/enable", (string appName, HttpContext context, ISchedulerLoop loop) => EnableAsync(appName, context, loop, true))
            .RequireAuthorization(Roles.Operator);
    }

    private static async Task<IResult> StoreAsync(HttpContext context, ISchedulerLoop loop, Applying applying, bool isNew)
    {
        CloudKeys keys = await CloudAppDocument.ReadAsync(CloudApi.BodyOf(context));
        AppView? stored = AppName.TryParse(keys.Text("appName"), out AppName name)
            ? await loop.ReadAsync(view => view.FindApp(name), context.RequestAborted)
            : null;
        return await CloudResource.App.StoreAsync(context, applying, keys, isNew, stored?.Version, () => CloudAppDocument.Write(keys, stored));
    }

    /// <summary>As in ElasticJob Cloud, an app goes with all of its jobs.</summary>
    private static async Task<IResult> RemoveAsync(string appName, HttpContext context, ISchedulerLoop loop)
    {
        AppView app = await loop.FindAppAsync(appName, context.RequestAborted);
        Actor actor = Requests.ActorOf(context);
        JobName[] jobs = await loop.ReadAsync(
            view => view.Jobs().Where(j => j.Definition.App == app.Definition.Name).Select(j => j.Definition.Name).ToArray(), context.RequestAborted);
        foreach (JobName job in jobs)
        {
            await loop.SubmitAsync(new Command.RemoveJob(actor, job), context.RequestAborted);
        }

        Requests.Accepted(await loop.SubmitAsync(new Command.RemoveApp(actor, app.Definition.Name), context.RequestAborted));
        return TypedResults.Ok();
    }

    private static async Task<IResult> EnableAsync(string appName, HttpContext context, ISchedulerLoop loop, bool enabled)
    {
        Requests.Accepted(await loop.SubmitAsync(new Command.EnableApp(Requests.ActorOf(context), Requests.App(appName), enabled), context.RequestAborted));
        return TypedResults.Ok();
    }
}
