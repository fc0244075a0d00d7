using Microsoft.AspNetCore.Http;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// The cookie of a session: no script can read it, no other site's request carries it. Under TLS its name is one that a browser takes from this very host
/// over TLS only.
/// </summary>
internal static class SessionCookie
{
    private const string Plain = "elasticjob";
    private const string Secure = "__Host-elasticjob";

    public static string? Read(HttpRequest request) => request.Cookies[request.IsHttps ? Secure : Plain] is { Length: > 0 } value ? value : null;

    public static void Write(HttpContext context, string value, TimeSpan life) =>
        context.Response.Cookies.Append(NameFor(context), value, Options(context, life));

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), Options(context, null));

    private static string NameFor(HttpContext context) => context.Request.IsHttps ? Secure : Plain;

    private static CookieOptions Options(HttpContext context, TimeSpan? life) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        MaxAge = life,
        Path = "/",
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
    };
}
