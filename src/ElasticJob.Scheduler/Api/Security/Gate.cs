using System.Net;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// What every request passes first: the Host header must be one of ours (DNS rebinding), everything below <c>/api</c> needs a token or a
/// session (but signing in), so do metrics and health from afar, a write with a cookie must come from our own pages, and each write leaves a line in the log.
/// </summary>
internal sealed class Gate(RequestDelegate next, SchedulerApiOptions options, ILeadership leadership, ILogger<Gate> logger)
{
    public async Task InvokeAsync(HttpContext context, ISchedulerLoop loop)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

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
        bool open = context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        bool inside = context.Request.Path.StartsWithSegments("/metrics") || context.Request.Path.StartsWithSegments("/healthz");
        if (api)
        {
            headers.CacheControl = "no-store";
        }

        if (await RefusesAsync(context, api, open, inside))
        {
            Audit(context, api, context.User.Identity?.Name ?? "nobody");
            await RefusedWrite.RecordAsync(context, loop);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            Audit(context, api, context.User.Identity?.Name ?? "nobody");
        }

        await RefusedWrite.RecordAsync(context, loop);
    }

    /// <summary>Finds out who asks, and refuses whom it must.</summary>
    private static async Task<bool> RefusesAsync(HttpContext context, bool api, bool open, bool inside)
    {
        if ((api && !open) || (inside && !IsLocal(context)))
        {
            AuthenticateResult result = await context.AuthenticateAsync(AccessAuthentication.SchemeName);
            if (!result.Succeeded)
            {
                await context.ChallengeAsync(AccessAuthentication.SchemeName);
                string detail = result.Failure?.Message is { Length: > 0 } fault ? fault : ProblemWriter.NoToken;
                await ProblemWriter.WriteAsync(context, 401, ProblemCode.Unauthorized, detail);
                return true;
            }

            context.User = result.Principal;
        }

        // Closed by default: an address that declares no role is for administrators.
        if (api && !open && context.GetEndpoint() is RouteEndpoint undeclared && undeclared.Metadata.GetMetadata<IAuthorizeData>() is null
            && !context.User.IsInRole(Roles.Admin))
        {
            await ProblemWriter.WriteAsync(context, 403, ProblemCode.Forbidden, ProblemWriter.NoRight);
            return true;
        }

        if (api && CrossSite.Refuses(context, open ? null : context.Features.Get<Caller>()) is { } why)
        {
            await ProblemWriter.WriteAsync(context, 403, ProblemCode.Csrf, why);
            return true;
        }

        return false;
    }

    private void Audit(HttpContext context, bool api, string actor)
    {
        if (api && RefusedWrite.IsWrite(context))
        {
            ApiLog.Audit(logger, actor, Requests.RemoteOf(context) ?? "-", context.Request.Method, context.Request.Path, context.Response.StatusCode);
        }
    }

    private static bool IsLocal(HttpContext context) => context.Connection.RemoteIpAddress is { } remote && IPAddress.IsLoopback(remote);

    private bool IsOurs(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address))
        || options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase)
        || leadership.View.Members.Any(m => m.Address is { } address && address.Host.Equals(host, StringComparison.OrdinalIgnoreCase));
}
