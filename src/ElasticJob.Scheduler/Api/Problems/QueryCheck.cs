using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Problems;

/// <summary>
/// Refuses query parameters that an address does not know: a mistyped filter would answer everything, and a mistyped <c>dryRun</c> would store.
/// Addresses that do not say which they know take anything.
/// </summary>
internal sealed class QueryCheck(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.QueryString.HasValue && context.GetEndpoint()?.Metadata.GetMetadata<QueryParameters>() is { } known)
        {
            string[] unknown = [.. context.Request.Query.Keys.Where(k => !known.Names.Contains(k, StringComparer.OrdinalIgnoreCase)).Select(k => $"'{k}'")];
            if (unknown.Length > 0)
            {
                throw Refusal.BadRequest(
                    $"{string.Join(", ", unknown)}: {context.Request.Path} has no such query parameter; it takes {(known.Names.Count == 0 ? "none" : string.Join(", ", known.Names))}.");
            }
        }

        return next(context);
    }
}
