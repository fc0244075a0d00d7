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

/// <summary><c>/api/job</c>: what changes and shows jobs.</summary>
internal static class CloudJobRoutes
{
    public static void MapCloudJobs(this IEndpointRouteBuilder api)
    {
        api.MapPost("/job/register", (HttpContext context, ISchedulerLoop loop, Applying applying) => StoreAsync(context, loop, applying, isNew: true))
            .RequireAuthorization(Roles.Admin);
        api.MapPut("/job/update", (HttpContext context, ISchedulerLoop loop, Applying applying) => StoreAsync(context, loop, applying, isNew: false))
            .RequireAuthorization(Roles.Admin);
        api.MapDelete("/job/deregister", async (HttpContext context, ISchedulerLoop loop) =>
            await RemoveAsync(await CloudApi.BodyOf(context).NameAsync(), context, loop)).RequireAuthorization(Roles.Admin);
        api.MapDelete("/job/{jobName}/deregister", RemoveAsync).RequireAuthorization(Roles.Admin);
        api.MapGet("/job/{jobName}/disable", async (string jobName, ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(!(await loop.FindJobAsync(jobName, cancellationToken)).Definition.Enabled, CloudJson.Default.Boolean))
            .RequireAuthorization(Roles.Viewer);
        api.MapPost("/job/{jobName}/disable", (string jobName, HttpContext context, ISchedulerLoop loop) => EnableAsync(jobName, context, loop, false))
            .RequireAuthorization(Roles.Operator);
        api.MapDelete("/job/{jobName}/disable", (string jobName, HttpContext context, ISchedulerLoop loop) => EnableAsync(jobName, context, loop, true))
            .RequireAuthorization(Roles.Operator);
        api.MapPost("/job/{jobName}/enable", (string jobName, HttpContext context, ISchedulerLoop loop) => EnableAsync(jobName, context, loop, true))
            .RequireAuthorization(Roles.Operator);
        api.MapPost("/job/trigger", TriggerAsync).RequireAuthorization(Roles.Operator);
        api.MapGet("/job/jobs", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(view => view.Jobs().OrderBy(j => j.Definition.Name).Select(j => CloudJobDocument.Answer(j.Definition)).ToArray(), cancellationToken),
            CloudJson.Default.CloudJobArray)).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/jobs/{jobName}", async (string jobName, ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(CloudJobDocument.Answer((await loop.FindJobAsync(jobName, cancellationToken)).Definition), CloudJson.Default.CloudJob))
            .RequireAuthorization(Roles.Viewer);
    }

    private static async Task<IResult> StoreAsync(HttpContext context, ISchedulerLoop loop, Applying applying, bool isNew)
    {
        CloudKeys keys = await CloudJobDocument.ReadAsync(CloudApi.BodyOf(context));
        JobView? stored = JobName.TryParse(keys.Text("jobName"), out JobName name)
            ? await loop.ReadAsync(view => view.FindJob(name), context.RequestAborted)
            : null;
        return await CloudResource.Job.StoreAsync(context, applying, keys, isNew, stored?.Version, () => CloudJobDocument.Write(keys, stored));
    }

    private static async Task<IResult> RemoveAsync(string jobName, HttpContext context, ISchedulerLoop loop)
    {
        Requests.Accepted(await loop.SubmitAsync(new Command.RemoveJob(Requests.ActorOf(context), Requests.Job(jobName)), context.RequestAborted));
        return TypedResults.Ok();
    }

    private static async Task<IResult> EnableAsync(string jobName, HttpContext context, ISchedulerLoop loop, bool enabled)
    {
        Requests.Accepted(await loop.SubmitAsync(new Command.EnableJob(Requests.ActorOf(context), Requests.Job(jobName), enabled), context.RequestAborted));
        return TypedResults.Ok();
    }

    private static async Task<IResult> TriggerAsync(HttpContext context, ISchedulerLoop loop)
    {
        JobName job = Requests.Job(await CloudApi.BodyOf(context).NameAsync());
        CommandResult result = Requests.Accepted(await loop.SubmitAsync(new Command.TriggerJob(Requests.ActorOf(context), job), context.RequestAborted));
        context.Response.Headers.Location = result.Run is { } run ? ApiRoutes.Run(run) : default;
        return TypedResults.Ok();
    }
}
