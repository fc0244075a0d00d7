using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ElasticJob.Scheduler.Api.Cloud;

/// <summary>
/// The API of ElasticJob Cloud below <c>/api</c>, for scripts that were written for it. New things are only in <c>/api/v1</c>; that is also why these
/// addresses are not in the OpenAPI document.
/// </summary>
internal static class CloudApi
{
    /// <summary>Members of a request that have no meaning here are named in this header of the answer.</summary>
    public const string UnusedHeader = "ElasticJob-Unused";

    public static void MapCloudApi(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder api = app.MapGroup("/api").ExcludeFromDescription();
        api.MapCloudLogin();
        api.MapCloudApps();
        api.MapCloudJobs();
        api.MapCloudTasks();
        api.MapCloudEvents();
        api.MapCloudStatistics();
        api.MapCloudOperations();
    }

    public static HttpRequestBody BodyOf(HttpContext context) => new(context, context.RequestServices.GetRequiredService<SchedulerApiOptions>());

    public static void TellUnused(HttpContext context, CloudKeys keys)
    {
        if (keys.Unused.Count > 0)
        {
            context.Response.Headers[UnusedHeader] = string.Join(", ", keys.Unused.Select(Uri.EscapeDataString));
        }
    }
}
