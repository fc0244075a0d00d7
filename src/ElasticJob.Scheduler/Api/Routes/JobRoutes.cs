using System.Text.Json.Nodes;
using ElasticJob.Protocol.Schedules;
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
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/jobs</c>.</summary>
internal static class JobRoutes
{
    public static void MapJobs(this IEndpointRouteBuilder api)
    {
        api.MapGet("/jobs", async (string? q, string? app, string? state, string? sort, string? cursor, int? limit, ISchedulerLoop loop, CancellationToken cancellationToken) =>
            TypedResults.Json(await JobList.ReadAsync(loop, q, app, state, sort, cursor, limit, cancellationToken), ApiJson.Default.PageJobAnswer))
            .RequireAuthorization(Roles.Viewer).WithName("listJobs").WithSummary("The jobs.").Produces<Page<JobAnswer>>().ProducesProblem(400);

        api.MapGet("/jobs/{name}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            (JobView job, bool appEnabled) = await FindAsync(loop, name, context.RequestAborted);
            Requests.TagWith(context, job.Version);
            return TypedResults.Json(Answers.Of(job, appEnabled, whole: true), ApiJson.Default.JobAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("getJob").WithSummary("One job.").Produces<JobAnswer>().ProducesProblem(404);

        api.MapPut("/jobs/{name}", async (string name, HttpContext context, Applying applying, SchedulerApiOptions options) =>
            TypedResults.Json(await DefinitionRoutes.PutOneAsync(context, "Job", name, applying, options), ApiJson.Default.AppliedDocument))
            .RequireAuthorization(Roles.Admin).WithName("putJob").Accepts<JsonNode>("application/json", "application/yaml").Produces<AppliedDocument>(201).WithSummary("Stores a job.").Produces<AppliedDocument>().ProducesProblem(412).ProducesProblem(422);

        api.MapDelete("/jobs/{name}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            JobName job = Requests.Job(name);
            long? expected = Requests.ExpectedVersion(context.Request);
            Requests.Accepted(
                await loop.SubmitAsync(new Command.RemoveJob(Requests.ActorOf(context), job, expected), context.RequestAborted), conditional: expected is not null);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Admin).WithName("removeJob").WithSummary("Removes a job; its runs are ended.").ProducesProblem(404);

        MapEnable(api, "enable", true);
        MapEnable(api, "disable", false);

        api.MapPost("/jobs/{name}/trigger", async (string name, HttpContext context, ISchedulerLoop loop, SchedulerApiOptions options) =>
        {
            TriggerRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.TriggerRequest, new TriggerRequest(), context.RequestAborted);
            CommandResult result = Requests.Accepted(await loop.SubmitAsync(
                new Command.TriggerJob(Requests.ActorOf(context), Requests.Job(name), request.Parameter, request.Shards), context.RequestAborted));
            string run = result.Run ?? throw new InvalidOperationException("The scheduler accepted a trigger and named no run.");
            context.Response.Headers.Location = ApiRoutes.Run(run);
            return TypedResults.Json(new TriggerAnswer(run), ApiJson.Default.TriggerAnswer, statusCode: 202);
        }).RequireAuthorization(Roles.Operator).WithName("triggerJob").WithSummary("Starts a run now.").Accepts<TriggerRequest>(true, "application/json").Produces<TriggerAnswer>(202).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        api.MapGet("/jobs/{name}/runs", async (string name, string? state, string? outcome, string? since, string? until, string? cursor, int? limit, RunHistory history, ISchedulerLoop loop, TimeProvider time, CancellationToken cancellationToken) =>
        {
            string job = Requests.Job(name).Value;
            Page<RunAnswer> page = await history.ListAsync(RunRoutes.Filter(job, state, outcome, null, since, until, time), Requests.Limit(limit), cursor, cancellationToken);
            if (page.Items.Count == 0 && cursor is null)
            {
                await FindAsync(loop, name, cancellationToken);
            }

            return TypedResults.Json(page, ApiJson.Default.PageRunAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("listRunsOfJob").WithSummary("Runs of the job, newest first.").Produces<Page<RunAnswer>>().ProducesProblem(404);

        api.MapGet("/jobs/{name}/ledger", async (string name, string? since, string? until, bool? manual, string? cursor, int? limit, Store.IEventQueries events, ISchedulerLoop loop, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var filter = new Store.LedgerFilter
            {
                Job = Requests.Job(name).Value,
                Since = Requests.Instant("since", since, time),
                Until = Requests.Instant("until", until, time),
                IncludeManual = manual ?? false,
            };
            return TypedResults.Json(
                await JobLedger.ReadAsync(events, loop, filter, new Store.PageRequest(Requests.Limit(limit), cursor), time, cancellationToken), ApiJson.Default.PageLedgerEntry);
        }).RequireAuthorization(Roles.Viewer).WithName("getLedger").WithSummary("Each due time and what answered it, newest first.").Produces<Page<LedgerEntry>>().ProducesProblem(404);

        api.MapGet("/jobs/{name}/next", async (string name, int? n, ISchedulerLoop loop, TimeProvider time, CancellationToken cancellationToken) =>
        {
            int count = n ?? 10;
            if (count is < 1 or > 1000)
            {
                throw Refusal.BadRequest($"n: must be 1 to 1000, not {count}.");
            }

            (JobView job, bool appEnabled) = await FindAsync(loop, name, cancellationToken);
            DateTimeOffset[] times = [.. job.Schedules.DueTimes(time.GetUtcNow(), DateTimeOffset.MaxValue).Take(count)];
            string? note = job.Fault
                ?? (!job.Definition.Enabled ? "The job is disabled; none of these will fire."
                    : !appEnabled ? "The app is disabled; none of these will fire."
                    : times.Length == 0 ? "The job has no schedule with a due time ahead; it only runs when triggered." : null);
            return TypedResults.Json(new NextAnswer(name, job.Definition.TimeZone, times, note), ApiJson.Default.NextAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("getNext").WithSummary("The next due times.").Produces<NextAnswer>().ProducesProblem(404);

        api.MapGet("/jobs/{name}/why", async (string name, ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            JobName job = Requests.Job(name);
            WhyAnswer answer = await loop.ReadAsync(
                view => view.FindJob(job) is { } found
                    ? new WhyAnswer(name, Summary(found, view.FindApp(found.Definition.App)?.Definition.Enabled ?? true, view.Cluster()), view.Why(job))
                    : null,
                cancellationToken) ?? throw Refusal.NotFound($"There is no job '{name}'.");
            return TypedResults.Json(answer, ApiJson.Default.WhyAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("getWhy").WithSummary("Why the job does not run now.").Produces<WhyAnswer>().ProducesProblem(404);
    }

    private static void MapEnable(IEndpointRouteBuilder api, string word, bool enabled) =>
        api.MapPost($"/jobs/{{name}}/{word}", async (string name, HttpContext context, ISchedulerLoop loop) =>
        {
            Requests.Accepted(await loop.SubmitAsync(new Command.EnableJob(Requests.ActorOf(context), Requests.Job(name), enabled), context.RequestAborted));
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Operator).WithName($"{word}Job").WithSummary(enabled ? "Lets the job start." : "Keeps the job from starting.").ProducesProblem(404);

    private static async Task<(JobView Job, bool AppEnabled)> FindAsync(ISchedulerLoop loop, string name, CancellationToken cancellationToken)
    {
        JobName job = Requests.Job(name);
        return await loop.ReadAsync<(JobView, bool)?>(
            view => view.FindJob(job) is { } found ? (found, view.FindApp(found.Definition.App)?.Definition.Enabled ?? true) : null,
            cancellationToken) ?? throw Refusal.NotFound($"There is no job '{name}'.");
    }

    private static string Summary(JobView job, bool appEnabled, ClusterView cluster) =>
        job.Fault is { } fault ? $"The stored definition cannot be scheduled: {fault}"
        : !job.Definition.Enabled ? "The job is disabled."
        : !appEnabled ? $"The app '{job.Definition.App}' is disabled."
        : cluster.EventBacklogIsFull ? $"Due times wait: {cluster.EventBacklog:N0} events are not in every event store yet, and no more are taken until they are."
        : job.WaitingRuns > 0 && !cluster.Connected ? $"{Waiting(job)}; the scheduler is not connected to a cluster{(cluster.Fault is null ? "" : $": {cluster.Fault}")}."
        : job.WaitingRuns > 0 ? $"{Waiting(job)}{(job.RunningRuns > 0 ? $", {Running(job)}" : "")}."
        : job.RunningRuns > 0 ? $"It runs now: {Running(job)}."
        : job.NextDue is { } next ? $"Nothing is due until {next.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC."
        : "It has no due time ahead; it only runs when triggered.";

    private static string Waiting(JobView job) => job.WaitingRuns == 1 ? "1 run waits" : $"{job.WaitingRuns} runs wait";

    private static string Running(JobView job) => job.RunningRuns == 1 ? "1 run goes on" : $"{job.RunningRuns} runs go on";
}
