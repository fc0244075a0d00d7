using ElasticJob.Events;
using ElasticJob.Protocol.Orders;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Definitions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>/api/job/statistics</c>, counted from what is recorded.</summary>
internal static class CloudStatisticsRoutes
{
    private static readonly TaskState[] Failures =
        [TaskState.Failed, TaskState.Error, TaskState.Lost, TaskState.Dropped, TaskState.Gone, TaskState.GoneByOperator];

    public static void MapCloudStatistics(this IEndpointRouteBuilder api)
    {
        api.MapGet("/job/statistics/tasks/results", async (string? since, IEventQueries events, TimeProvider time, CancellationToken cancellationToken) =>
        {
            DateTimeOffset now = time.GetUtcNow();
            IReadOnlyList<StatisticsPoint> points = since == "last24hours"
                ? await events.StatisticsAsync(new StatisticsRequest(now.AddDays(-1), now.AddTicks(1), StatisticsStep.Minute), cancellationToken)
                : [];
            return TypedResults.Json([.. points.Select(p => Results([p], "MINUTE", p.At))], CloudJson.Default.CloudTaskResultsArray);
        }).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/statistics/tasks/results/{period}", ResultsAsync).RequireAuthorization(Roles.Viewer);
        MapRunning(api, "/job/statistics/tasks/running", RunningKind.Tasks);
        MapRunning(api, "/job/statistics/jobs/running", RunningKind.Runs);
        api.MapGet("/job/statistics/jobs/type", async (ISchedulerLoop loop, CancellationToken cancellationToken) => TypedResults.Json(
            await loop.ReadAsync(static view => Types([.. view.Jobs().Select(j => j.Definition.Work)]), cancellationToken), CloudJson.Default.CloudJobTypes))
            .RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/statistics/jobs/executionType", async (ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            (int jobs, int resident) = await loop.ReadAsync(
                static view => (view.Jobs().Count(), view.Jobs().Count(j => j.Definition.Mode == JobMode.Resident)), cancellationToken);
            return TypedResults.Json(new CloudExecutionTypes(jobs - resident, resident), CloudJson.Default.CloudExecutionTypes);
        }).RequireAuthorization(Roles.Viewer);
        api.MapGet("/job/statistics/jobs/register", async (ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            DateTimeOffset[] created = await loop.ReadAsync(static view => view.Jobs().Select(j => j.CreatedAt).ToArray(), cancellationToken);
            return TypedResults.Json([.. Registered(created)], CloudJson.Default.CloudRegisteredArray);
        }).RequireAuthorization(Roles.Viewer);
    }

    private static async Task<IResult> ResultsAsync(string period, IEventQueries events, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        (DateTimeOffset since, StatisticsStep step, string interval) = period switch
        {
            "online" => (DateTimeOffset.UnixEpoch, StatisticsStep.Day, "DAY"),
            "lastWeek" => (now.AddDays(-7), StatisticsStep.Day, "DAY"),
            "lastHour" => (now.AddHours(-1), StatisticsStep.Hour, "HOUR"),
            "lastMinute" => (now.AddMinutes(-1), StatisticsStep.Minute, "MINUTE"),
            _ => throw Refusal.NotFound($"There is no period '{period}'; there are online, lastWeek, lastHour and lastMinute."),
        };
        IReadOnlyList<StatisticsPoint> points = await events.StatisticsAsync(new StatisticsRequest(since, now.AddTicks(1), step), cancellationToken);
        return TypedResults.Json(Results(points, interval, now), CloudJson.Default.CloudTaskResults);
    }

    private static void MapRunning(IEndpointRouteBuilder api, string path, RunningKind what) =>
        api.MapGet(path, async (string? since, IEventReports reports, TimeProvider time, CancellationToken cancellationToken) =>
        {
            DateTimeOffset now = time.GetUtcNow();
            IReadOnlyList<RunningPoint> points = since == "lastWeek"
                ? await RunHistory.QueryAsync(() => reports.RunningAsync(what, now.AddDays(-7), now, StatisticsStep.Hour, cancellationToken))
                : [];
            return TypedResults.Json([.. points.Select(p => new CloudRunning(p.Count, p.At))], CloudJson.Default.CloudRunningArray);
        }).RequireAuthorization(Roles.Viewer);

    private static CloudTaskResults Results(IReadOnlyList<StatisticsPoint> points, string interval, DateTimeOffset at) => new(
        points.Sum(p => p.Tasks.GetValueOrDefault(TaskState.Finished)),
        points.Sum(p => Failures.Sum(f => p.Tasks.GetValueOrDefault(f))),
        interval,
        at);

    private static CloudJobTypes Types(IReadOnlyList<Work> works)
    {
        var types = works.CountBy(CloudWork.TypeOf).ToDictionary();
        return new CloudJobTypes(
            types.GetValueOrDefault("SCRIPT"), types.GetValueOrDefault("SIMPLE"), types.GetValueOrDefault("DATAFLOW"), types.GetValueOrDefault("HTTP"));
    }

    /// <summary>How many of the jobs of today were there at the end of each day on which one was added.</summary>
    private static IEnumerable<CloudRegistered> Registered(DateTimeOffset[] created)
    {
        long sum = 0;
        foreach (IGrouping<DateTime, DateTimeOffset> day in created.GroupBy(c => c.UtcDateTime.Date).OrderBy(d => d.Key))
        {
            sum += day.Count();
            yield return new CloudRegistered(sum, new DateTimeOffset(day.Key, TimeSpan.Zero));
        }
    }
}
