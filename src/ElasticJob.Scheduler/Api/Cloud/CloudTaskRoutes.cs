using System.Globalization;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Views;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>/api/job/tasks</c>: what runs, what waits, and what is to be run again elsewhere.</summary>
internal static class CloudTaskRoutes
{
    public static void MapCloudTasks(this IEndpointRouteBuilder api)
    {
        api.MapGet("/job/tasks/running", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(
                view => view.Tasks()
                    .Select(t => new CloudTask(t.Id, new CloudTaskInfo(t.Job, [t.Shard]), t.Attempt > 1 ? "FAILOVER" : "READY", t.Agent ?? "", Idle: false))
                    .ToArray(),
                cancellationToken),
            CloudJson.Default.CloudTaskArray)).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/tasks/ready", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(
                view => view.Jobs().Where(j => j.WaitingRuns > 0)
                    .Select(j => new CloudReadyTask(j.Definition.Name.Value, j.WaitingRuns.ToString(CultureInfo.InvariantCulture))).ToArray(),
                cancellationToken),
            CloudJson.Default.CloudReadyTaskArray)).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/tasks/failover", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(static view => view.Runs().Where(r => r.State != RunState.Finished).SelectMany(Waiting).ToArray(), cancellationToken),
            CloudJson.Default.CloudFailoverTaskArray)).RequireAuthorization(Roles.Viewer);
    }

    private static IEnumerable<CloudFailoverTask> Waiting(RunView run) => run.Shards
        .Where(s => s.Attempts > 0 && s.State is ShardState.Pending or ShardState.Delayed)
        .Select(s => new CloudFailoverTask(new CloudTaskInfo(run.Job, [s.Item]), s.Task?.Id ?? ""));
}
