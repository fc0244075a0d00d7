using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Store = ElasticJob.Events;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/audit</c>.</summary>
internal static class AuditRoutes
{
    public static void MapAudit(this IEndpointRouteBuilder api) =>
        api.MapGet("/audit", async (string? actor, string? operation, string? subject, string? outcome, string? since, string? until, string? cursor, int? limit, Store.IEventQueries events, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var filter = new Store.AuditFilter
            {
                Actor = actor,
                Operation = operation,
                Subject = subject,
                Refused = outcome switch
                {
                    null or "" => null,
                    "done" => false,
                    "refused" => true,
                    _ => throw Refusal.BadRequest($"outcome: '{outcome}' is neither done nor refused."),
                },
                Since = Requests.Instant("since", since, time),
                Until = Requests.Instant("until", until, time),
            };
            Store.Page<Store.AuditView> page =
                await RunHistory.QueryAsync(() => events.AuditAsync(filter, new Store.PageRequest(Requests.Limit(limit), cursor), cancellationToken));
            return TypedResults.Json(new Page<AuditAnswer>([.. page.Items.Select(Of)], page.Next), ApiJson.Default.PageAuditAnswer);
        }).RequireAuthorization(Roles.Admin).WithName("listAudit").WithSummary("Who did what, newest first.").Produces<Page<AuditAnswer>>().ProducesProblem(400);

    private static AuditAnswer Of(Store.AuditView audit) => new(
        audit.Sequence,
        audit.At,
        audit.Actor,
        audit.Entry.Remote,
        audit.Entry.Operation,
        audit.Entry.Subject,
        audit.Entry.Refused ? "refused" : "done",
        audit.Message,
        audit.Entry.Changes,
        audit.Entry.Unlisted);
}
