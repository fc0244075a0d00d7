using ElasticJob.Scheduler.Access;
using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// Another site can make a browser send requests here. What the browser says of their origin is believed, and a write with a session's cookie must
/// also have what no other site can know.
/// </summary>
internal static class CrossSite
{
    public const string Header = "X-CSRF-Token";

    /// <summary>Why a write is refused; <see langword="null"/> when it is not.</summary>
    public static string? Refuses(HttpContext context, Caller? caller)
    {
        if (!RefusedWrite.IsWrite(context))
        {
            return null;
        }

        string site = context.Request.Headers["Sec-Fetch-Site"].ToString();
        if (caller?.Kind != CallerKind.Token && caller?.Kind != CallerKind.Local && site is "cross-site" or "same-site")
        {
            return "The browser says that another site sent this request.";
        }

        return caller?.Csrf is { } csrf && !Secret.Same(context.Request.Headers[Header].ToString(), csrf)
            ? $"Send the header '{Header}' with the value of csrf that GET /api/v1/session answers."
            : null;
    }
}
