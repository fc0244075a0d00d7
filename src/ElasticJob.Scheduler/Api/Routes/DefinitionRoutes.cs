using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>POST /apply</c>, and what <c>PUT</c> of one definition shares with it.</summary>
internal static class DefinitionRoutes
{
    public static void MapApply(this IEndpointRouteBuilder api) =>
        api.MapPost("/apply", async (HttpContext context, bool? dryRun, Applying applying, SchedulerApiOptions options) =>
        {
            IReadOnlyList<JsonNode> documents = await Requests.DocumentsAsync(context.Request, options, context.RequestAborted);
            ApplyAnswer answer = await applying.ApplyAsync(documents, Requests.ActorOf(context), dryRun ?? false, null, context.RequestAborted);
            return TypedResults.Json(answer, ApiJson.Default.ApplyAnswer);
        })
        .RequireAuthorization(Roles.Admin).WithName("apply").WithSummary("Stores apps and jobs, all or none.")
        .Produces<ApplyAnswer>().ProducesProblem(400).ProducesProblem(422);

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
        ApplyAnswer answer = await applying.ApplyAsync(documents, Requests.ActorOf(context), dryRun: false, versions, context.RequestAborted);
        context.Response.StatusCode = answer.Documents[0].Change == "created" ? 201 : 200;
        Requests.TagWith(context, answer.Documents[0].Version);
        return answer.Documents[0];
    }
}
