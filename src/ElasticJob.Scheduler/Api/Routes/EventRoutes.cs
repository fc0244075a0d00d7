using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Api.Streams;
using ElasticJob.Scheduling.Events;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/events</c>, <c>/events/stream</c> and <c>/statistics/runs</c>.</summary>
internal static class EventRoutes
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/events", async (long? after, string? job, string? run, string[]? kind, string? cursor, int? limit, Store.IEventQueries events, CancellationToken cancellationToken) =>
        {
            // With a position the caller walks forward; without one it sees the newest first.
            Store.Page<SchedulerEvent> page = await RunHistory.QueryAsync(() => events.EventsAsync(
                Filter(after, job, run, kind), new Store.PageRequest(Requests.Limit(limit), cursor, OldestFirst: after is not null), cancellationToken));
            return TypedResults.Json(new Page<SchedulerEvent>(page.Items, page.Next), ApiJson.Default.PageSchedulerEvent);
        }).RequireAuthorization(Roles.Viewer).WithName("listEvents").WithSummary("Events; oldest first with after, newest first without.").Produces<Page<SchedulerEvent>>().ProducesProblem(400);

        api.MapGet("/events/stream", (HttpContext context, long? after, string? job, string? run, string[]? kind, EventStream stream) =>
            stream.SendAsync(context, Filter(after, job, run, kind)))
            .RequireAuthorization(Roles.Viewer).WithName("streamEvents").WithSummary("Events as they happen (Server-Sent Events).").Produces<string>(200, "text/event-stream");

        api.MapGet("/statistics/runs", async (string? from, string? to, string? by, string? job, Store.IEventQueries events, TimeProvider time, CancellationToken cancellationToken) =>
        {
            DateTimeOffset until = Requests.Instant("to", to, time) ?? time.GetUtcNow();
            DateTimeOffset since = Requests.Instant("from", from, time) ?? (until - DateTimeOffset.MinValue > Day ? until - Day : DateTimeOffset.MinValue);
            Store.StatisticsStep step = Requests.Choice<Store.StatisticsStep>("by", by) ?? Store.StatisticsStep.Hour;
            TimeSpan width = step switch { Store.StatisticsStep.Minute => TimeSpan.FromMinutes(1), Store.StatisticsStep.Hour => TimeSpan.FromHours(1), _ => Day };
            if (since >= until)
            {
                throw Refusal.BadRequest("from: must be before to.");
            }

            if ((until - since) / width > 50_000)
            {
                throw Refusal.BadRequest("by: these are more than 50000 steps; take a wider step or a shorter time.");
            }

            IReadOnlyList<Store.StatisticsPoint> points = await RunHistory.QueryAsync(() => events.StatisticsAsync(
                new Store.StatisticsRequest(since, until, step, job is null ? null : Requests.Job(job).Value), cancellationToken));
            return TypedResults.Json(new RunStatistics(since, until, step.ToString().ToLowerInvariant(), [.. points.Where(p => p.Runs.Count > 0).Select(Bucket)]), ApiJson.Default.RunStatistics);
        }).RequireAuthorization(Roles.Viewer).WithName("getRunStatistics").WithSummary("Finished runs, counted by time.").Produces<RunStatistics>().ProducesProblem(400);
    }

    private static Store.EventFilter Filter(long? after, string? job, string? run, string[]? kind) => new()
    {
        After = after,
        Job = job,
        Run = run,
        Kinds = [.. (kind ?? []).SelectMany(k => k.Split(',')).Select(k => Requests.Choice<EventKind>("kind", k)).OfType<EventKind>()],
    };

    private static RunStatisticsBucket Bucket(Store.StatisticsPoint point)
    {
        long succeeded = point.Runs.GetValueOrDefault(Outcome.Succeeded);
        long failed = point.Runs.GetValueOrDefault(Outcome.Failed);
        return new RunStatisticsBucket(point.At, succeeded, failed, point.Runs.Values.Sum() - succeeded - failed);
    }
}
