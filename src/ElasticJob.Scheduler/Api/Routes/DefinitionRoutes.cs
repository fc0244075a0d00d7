using System.Text.Json.Nodes;
using ElasticJob.Protocol.Schedules;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Definitions.Reading;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/apply</c>, <c>/validate</c>, <c>/definitions</c> and <c>/schedules</c>, and what <c>PUT</c> of one definition shares with it.</summary>
internal static class DefinitionRoutes
{
    public static void MapDefinitions(this IEndpointRouteBuilder api)
    {
        MapApply(api);
        api.MapPost("/validate", async (HttpContext context, Applying applying, SchedulerApiOptions options) =>
        {
            IReadOnlyList<JsonNode> documents = await Requests.DocumentsAsync(context.Request, options, context.RequestAborted);
            IReadOnlyList<DocumentFault> faults = [];
            try
            {
                await applying.ApplyAsync(documents, Requests.ActorOf(context), Requests.ScopeOf(context), dryRun: true, null, context.RequestAborted);
            }
            catch (Refusal refusal) when (refusal.Faults is { } found)
            {
                faults = found;
            }

            return TypedResults.Json(new ValidationAnswer(faults.Count == 0, faults), ApiJson.Default.ValidationAnswer);
        }).RequireAuthorization(Roles.Operator).WithName("validate").WithSummary("Checks apps and jobs against each other and what is stored; stores nothing.")
            .Accepts<JsonNode>("application/json", "application/yaml").Produces<ValidationAnswer>();
        api.MapGet("/definitions", async (string? app, ISchedulerLoop loop, CancellationToken cancellationToken) =>
        {
            JsonObject[] documents = await loop.ReadAsync(
                view => view.Apps().Where(a => app is null || a.Definition.Name.Value == app).OrderBy(a => a.Definition.Name).Select(a => DefinitionWriter.Write(a.Definition))
                    .Concat(view.Jobs().Where(j => app is null || j.Definition.App.Value == app).OrderBy(j => j.Definition.Name).Select(j => DefinitionWriter.Write(j.Definition)))
                    .ToArray(),
                cancellationToken);
            return TypedResults.Json(documents, ApiJson.Default.JsonObjectArray);
        }).RequireAuthorization(Roles.Viewer).WithName("exportDefinitions").WithSummary("All apps and jobs as documents, in the form that apply takes.").Produces<JsonObject[]>();
        api.MapGet("/schedules/next", NextOfSchedules).RequireAuthorization(Roles.Viewer).WithName("previewSchedule")
            .WithSummary("The next due times of schedules, before they belong to a job.").Produces<ScheduleAnswer>().ProducesProblem(422);
    }

    private static IResult NextOfSchedules(string[]? schedule, string? every, string? timeZone, int? n, TimeProvider time)
    {
        int count = n ?? 10;
        if (count is < 1 or > 1000)
        {
            throw Refusal.BadRequest($"n: must be 1 to 1000, not {count}.");
        }

        // The same reader as for jobs, so that what is previewed is what would be stored.
        var document = new JsonObject { ["kind"] = "Job", ["name"] = "preview", ["app"] = "preview", ["script"] = "true" };
        if (schedule is { Length: > 0 })
        {
            document["schedule"] = new JsonArray([.. schedule.Select(s => JsonValue.Create(s))]);
        }

        if (every is not null)
        {
            document["every"] = every;
        }

        if (timeZone is not null)
        {
            document["timeZone"] = timeZone;
        }

        DateTimeOffset now = time.GetUtcNow();
        DefinitionReading reading = DefinitionReader.Read(JsonNode.Parse(document.ToJsonString()), now);
        if (reading.Job is not { } job)
        {
            DocumentFault[] faults = [.. reading.Faults.Select(f => new DocumentFault(1, null, null, f.Path, f.Message))];
            throw new Refusal(422, ProblemCode.Invalid, string.Join("; ", faults.Select(f => $"{f.Path}: {f.Message}")), faults);
        }

        List<Schedule> schedules = [.. job.Schedule.Select(s => CronSchedule.TryParse(s, job.TimeZone, out CronSchedule? cron, out _) ? cron : null).OfType<Schedule>()];
        if (job.Every is { } interval)
        {
            schedules.Add(new IntervalSchedule(interval, now));
        }

        return TypedResults.Json(new ScheduleAnswer(job.TimeZone, [.. schedules.DueTimes(now, DateTimeOffset.MaxValue).Take(count)]), ApiJson.Default.ScheduleAnswer);
    }

    private static void MapApply(IEndpointRouteBuilder api) =>
        api.MapPost("/apply", async (HttpContext context, bool? dryRun, Applying applying, SchedulerApiOptions options) =>
        {
            IReadOnlyList<JsonNode> documents = await Requests.DocumentsAsync(context.Request, options, context.RequestAborted);
            ApplyAnswer answer = await applying.ApplyAsync(documents, Requests.ActorOf(context), Requests.ScopeOf(context), dryRun ?? false, null, context.RequestAborted);
            return TypedResults.Json(answer, ApiJson.Default.ApplyAnswer);
        })
        .RequireAuthorization(Roles.Admin).WithName("apply").WithSummary("Stores apps and jobs, all or none.")
        .Accepts<JsonNode>("application/json", "application/yaml").Produces<ApplyAnswer>().ProducesProblem(400).ProducesProblem(422);

    /// <summary>Stores the one definition in the body under the name of the address.</summary>
    public static async Task<AppliedDocument> PutOneAsync(HttpContext context, string kind, string name, Applying applying, SchedulerApiOptions options)
    {
        long? expected = Requests.ExpectedVersion(context.Request);
        IReadOnlyList<JsonNode> documents = await Requests.DocumentsAsync(context.Request, options, context.RequestAborted);
        if (documents is not [JsonObject document])
        {
            throw Refusal.BadRequest("The body must be one definition.");
        }

        document.TryAdd("kind", kind);
        document.TryAdd("name", name);
        if (document["kind"] is not JsonValue k || !k.TryGetValue(out string? kindText) || kindText != kind)
        {
            throw Refusal.BadRequest($"kind: this address takes kind: {kind}.");
        }

        if (document["name"] is not JsonValue n || !n.TryGetValue(out string? nameText) || nameText != name)
        {
            throw Refusal.BadRequest($"name: the definition has another name than the address ('{name}').");
        }

        Dictionary<string, long>? versions = expected is { } version ? new() { [$"{kind.ToLowerInvariant()}/{name}"] = version } : null;
        ApplyAnswer answer = await applying.ApplyAsync(documents, Requests.ActorOf(context), Requests.ScopeOf(context), dryRun: false, versions, context.RequestAborted);
        context.Response.StatusCode = answer.Documents[0].Change == "created" ? 201 : 200;
        Requests.TagWith(context, answer.Documents[0].Version);
        return answer.Documents[0];
    }
}
