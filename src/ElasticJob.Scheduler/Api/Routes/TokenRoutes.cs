using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduling.Definitions.Reading;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/tokens</c>.</summary>
internal static class TokenRoutes
{
    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tokens", (string? cursor, int? limit, HttpContext context, AccessBook book, LastSeen seen) =>
        {
            int most = Requests.Limit(limit);
            Caller caller = Requests.CallerOf(context);
            TokenRecord[] tokens =
            [
                .. book.Now.Tokens.All.Where(t => Tokens.MaySee(caller, t) && (cursor is null || string.CompareOrdinal(t.Id, cursor) > 0))
                    .OrderBy(t => t.Id, StringComparer.Ordinal).Take(most + 1),
            ];
            return TypedResults.Json(
                new Page<TokenAnswer>([.. tokens.Take(most).Select(t => Of(t) with { UsedAt = seen.Of(t) })], tokens.Length > most ? tokens[most - 1].Id : null), ApiJson.Default.PageTokenAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("listTokens").WithSummary("The own tokens; of an administrator all.").Produces<Page<TokenAnswer>>();

        api.MapPost("/tokens", async (HttpContext context, Tokens tokens, SchedulerApiOptions options) =>
        {
            TokenRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.TokenRequest, new TokenRequest(), context.RequestAborted);
            TimeSpan life = default;
            if (request.ExpiresIn is { } text && !DurationText.TryParse(text, out life))
            {
                throw Refusal.Invalid($"expiresIn: '{text}' is not a time such as 30d or 12h.");
            }

            (string secret, TokenRecord token) = await tokens.IssueAsync(
                Requests.CallerOf(context), request.Name, request.Role ?? AccessRole.Viewer, request.ExpiresIn is null ? null : life, request.Apps, request.Jobs,
                Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.Json(Of(token) with { Token = secret }, ApiJson.Default.TokenAnswer, statusCode: 201);
        }).RequireAuthorization(Roles.Viewer).WithName("issueToken").WithSummary("Makes a token; it is told this once.").Accepts<TokenRequest>("application/json").Produces<TokenAnswer>(201).ProducesProblem(422);

        api.MapDelete("/tokens/{id}", async (string id, HttpContext context, Tokens tokens) =>
        {
            await tokens.RevokeAsync(Requests.CallerOf(context), id, Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Viewer).WithName("revokeToken").WithSummary("Revokes a token at once; an administrator any, others their own.").ProducesProblem(404);
    }

    private static TokenAnswer Of(TokenRecord token) => new()
    {
        Id = token.Id,
        Name = token.Name,
        Role = token.Role,
        Owner = token.Owner,
        CreatedAt = token.CreatedAt,
        ExpiresAt = token.ExpiresAt,
        UsedAt = token.UsedAt,
        Apps = token.Apps,
        Jobs = token.Jobs,
    };
}
