using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Commands;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>/api/operate</c>.</summary>
internal static class CloudOperateRoutes
{
    public static void MapCloudOperations(this IEndpointRouteBuilder api)
    {
        MapReconcile(api, "explicit", true);
        MapReconcile(api, "implicit", false);
        api.MapGet("/operate/sandbox", async (string? appName, ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            AppName app = Requests.App(appName ?? throw Refusal.BadRequest("appName: is missing."));
            CloudSandbox[] sandboxes = await loop.ReadAsync(
                view => view.FindApp(app) is null ? null : Sandboxes(view, app), cancellationToken) ?? throw Refusal.NotFound($"There is no app '{appName}'.");
            return TypedResults.Json(sandboxes, CloudJson.Default.CloudSandboxArray);
        }).RequireAuthorization(Roles.Viewer);
    }

    private static void MapReconcile(IEndpointRouteBuilder api, string word, bool each) =>
        api.MapPost($"/operate/reconcile/{word}", async (HttpContext context, ISchedulerLoop loop) =>
        {
            Requests.Accepted(await loop.SubmitAsync(new Command.Reconcile(Requests.ActorOf(context), each), context.RequestAborted));
            return TypedResults.Json(true, CloudJson.Default.Boolean);
        }).RequireAuthorization(Roles.Operator);

    /// <summary>The folders of the app's executors that have tasks now.</summary>
    private static CloudSandbox[] Sandboxes(ISchedulingView view, AppName app)
    {
        var executors = view.Executors().Where(e => e.App == app.Value).Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. view.Tasks().Where(t => t.Sandbox is not null && t.Executor is not null && executors.Contains(t.Executor))
                .Select(t => new CloudSandbox(t.Hostname ?? "", t.Sandbox!)).Distinct(),
        ];
    }
}
