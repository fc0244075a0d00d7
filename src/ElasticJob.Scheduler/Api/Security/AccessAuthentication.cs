using System.Security.Claims;
using System.Text.Encodings.Web;
using ElasticJob.Scheduler.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>Who a request comes from: by a bearer token (of this machine, an API token, or a session that is sent as one: no other site can), else by the cookie of a session.</summary>
internal sealed class AccessAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    LocalToken local,
    Callers callers) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Access";

    /// <summary>Where ElasticJob Cloud's callers put their token.</summary>
    private const string CloudHeader = "accessToken";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = 401;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private AuthenticateResult Authenticate()
    {
        string header = Request.Headers.Authorization.ToString();
        if (header.Length == 0 && Request.Headers[CloudHeader].ToString() is { Length: > 0 } accessToken)
        {
            header = $"Bearer {accessToken}";
        }

        if (header.Length > 0)
        {
            if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            {
                return AuthenticateResult.NoResult();
            }

            string token = header["Bearer ".Length..].Trim();
            return TokenText.Is(token) ? Of(callers.OfToken(token))
                : local.Accepts(token) ? Of((new Caller("local", AccessRole.Admin, CallerKind.Local), null))
                : OfSentSession(callers.OfSession(token));
        }

        return SessionCookie.Read(Request) is { } cookie ? Of(callers.OfSession(cookie)) : AuthenticateResult.NoResult();
    }

    // Nothing but a program that was given it sends it so, so it needs no second proof.
    private AuthenticateResult OfSentSession((Caller? Caller, string? Fault) found) => Of((found.Caller is { } caller ? caller with { Csrf = null } : null, found.Fault));

    private AuthenticateResult Of((Caller? Caller, string? Fault) found)
    {
        if (found.Caller is not { } caller)
        {
            return AuthenticateResult.Fail(found.Fault ?? "");
        }

        Context.Features.Set(caller);
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, caller.Name), .. Roles.UpTo(caller.Role).Select(role => new Claim(ClaimTypes.Role, role))],
            SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}
