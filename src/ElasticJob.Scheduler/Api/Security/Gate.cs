using System.Net;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// What every request passes first: the Host header must be one of ours (DNS rebinding), everything below <c>/api</c> needs a token, so do
/// metrics and health from afar, and each write leaves an audit line.
/// </summary>
internal sealed class Gate(RequestDelegate next, SchedulerApiOptions options, ILogger<Gate> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
        if (!IsOurs(context.Request.Host.Host))
        {
            await ProblemWriter.WriteAsync(context, 421, ProblemCode.WrongHost, "The Host header is none that this server answers to; use 127.0.0.1 or localhost, or add the name to the allowed hosts.");
            return;
        }

        // Readers of bodies stop at the limit. The server takes in some more, so that the sender gets the answer and not a broken connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = 4L * options.LargestBody;
        }

        bool api = context.Request.Path.StartsWithSegments("/api");
        bool guarded = api
            || ((context.Request.Path.StartsWithSegments("/metrics") || context.Request.Path.StartsWithSegments("/healthz")) && !IsLocal(context));
        if (guarded)
        {
            headers.CacheControl = "no-store";
            AuthenticateResult result = await context.AuthenticateAsync(TokenAuthentication.SchemeName);
            if (!result.Succeeded)
            {
                await context.ChallengeAsync(TokenAuthentication.SchemeName);
                await ProblemWriter.WriteAsync(context, 401, ProblemCode.Unauthorized, ProblemWriter.NoToken);
                Audit(context, api, "nobody");
                return;
            }

            context.User = result.Principal;
        }

        try
        {
            await next(context);
        }
        finally
        {
            Audit(context, api, context.User.Identity?.Name ?? "nobody");
        }
    }

    private void Audit(HttpContext context, bool api, string actor)
    {
        if (api && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            ApiLog.Audit(logger, actor, context.Connection.RemoteIpAddress?.ToString() ?? "-", context.Request.Method, context.Request.Path, context.Response.StatusCode);
        }
    }

    private static bool IsLocal(HttpContext context) => context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote);

    private bool IsOurs(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address))
        || options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
