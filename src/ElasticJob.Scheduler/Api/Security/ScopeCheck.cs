using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// Keeps tokens that are not for everything to what they are for. By address: <c>/apps/NAME</c>, <c>/jobs/NAME</c> and <c>/runs/ID</c> with all below
/// them are compared; definitions are compared when they are read; the rest is refused.
/// </summary>
internal sealed class ScopeCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (TokenScope.Of(context.Features.Get<Caller>()) is { } scope && context.GetEndpoint() is RouteEndpoint endpoint && !Allows(scope, endpoint, context))
        {
            throw new Refusal(403, ProblemCode.Forbidden, "This token is for certain apps and jobs only, and this is none of them.");
        }

        return next(context);
    }

    private static bool Allows(TokenScope scope, RouteEndpoint endpoint, HttpContext context)
    {
        string pattern = endpoint.RoutePattern.RawText ?? "";
        return Below(pattern, ApiRoutes.Apps + "/{name}") ? scope.AllowsApp(Value("name"))
            : Below(pattern, ApiRoutes.Jobs + "/{name}") ? scope.AllowsJob(Value("name"))
            : Below(pattern, ApiRoutes.Runs + "/{id}") ? scope.AllowsRun(Value("id"))
            : pattern == ApiRoutes.Apply || (pattern == ApiRoutes.Session && HttpMethods.IsGet(context.Request.Method));

        string Value(string name) => context.GetRouteValue(name)?.ToString() ?? "";
    }

    private static bool Below(string pattern, string address) =>
        pattern == address || pattern.StartsWith(address + "/", StringComparison.Ordinal);
}
