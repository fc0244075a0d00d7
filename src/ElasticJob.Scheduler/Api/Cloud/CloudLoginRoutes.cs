using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary><c>POST /api/login</c>: begins a session of a user, whose secret callers send back in the header <c>accessToken</c>.</summary>
internal static class CloudLoginRoutes
{
    public static void MapCloudLogin(this IEndpointRouteBuilder api) =>
        api.MapPost("/login", async (HttpContext context, SchedulerApiOptions options, SignIns signIns) =>
        {
            CloudLoginRequest request = await Requests.BodyAsync(
                context.Request, options, CloudJson.Default.CloudLoginRequest, new CloudLoginRequest(), context.RequestAborted);
            if (string.IsNullOrEmpty(request.Username) || string.IsNullOrEmpty(request.Password))
            {
                throw Refusal.BadRequest("username and password: one is missing.");
            }

            (string token, _) = await signIns.ByPasswordAsync(
                request.Username, request.Password, context.Connection.RemoteIpAddress, Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.Json(new CloudLoginAnswer(token), CloudJson.Default.CloudLoginAnswer);
        }).AllowAnonymous();
}
