using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/session</c>.</summary>
internal static class SessionRoutes
{
    public static void MapSession(this IEndpointRouteBuilder api)
    {
        api.MapGet("/session", (HttpContext context) => TypedResults.Json(Of(Requests.CallerOf(context)), ApiJson.Default.SessionAnswer))
            .RequireAuthorization(Roles.Viewer).WithName("whoAmI").WithSummary("Who this request comes from.").Produces<SessionAnswer>();

        api.MapPost("/session", async (HttpContext context, SignIns signIns, Callers callers, SchedulerApiOptions options) =>
        {
            SessionRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.SessionRequest, new SessionRequest(), context.RequestAborted);
            string cookie = await SignInAsync(context, request, signIns);
            Caller caller = callers.OfSession(cookie).Caller ?? throw new InvalidOperationException("A session that was just stored is not there.");
            return TypedResults.Json(Of(caller), ApiJson.Default.SessionAnswer);
        }).AllowAnonymous().WithName("signIn").WithSummary("Begins a session; its cookie comes with the answer.").Accepts<SessionRequest>("application/json").Produces<SessionAnswer>().ProducesProblem(401).ProducesProblem(429);

        api.MapDelete("/session", async (HttpContext context, SignIns signIns) =>
        {
            SessionRecord session = Requests.CallerOf(context).Session ?? throw new Refusal(409, ProblemCode.Conflict, "A token is not signed out; revoke it instead.");
            await signIns.EndAsync(session, Requests.ActorOf(context), context.RequestAborted);
            SessionCookie.Remove(context);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Viewer).WithName("signOut").WithSummary("Ends the session.").ProducesProblem(409);

        api.MapPut("/session/password", async (HttpContext context, Users users, SchedulerApiOptions options) =>
        {
            PasswordRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.PasswordRequest, new PasswordRequest(), context.RequestAborted);
            if (Requests.CallerOf(context) is not { Kind: CallerKind.Session, User: { } name })
            {
                throw new Refusal(409, ProblemCode.Conflict, "Only a user who has signed in has a password; an administrator sets those of others.");
            }

            (string cookie, SessionRecord session) = await users.ChangeOwnPasswordAsync(
                name, request.Old ?? "", request.New, context.Connection.RemoteIpAddress, Requests.ActorOf(context), context.RequestAborted);
            SessionCookie.Write(context, cookie, session.ExpiresAt - session.CreatedAt);
            return TypedResults.Json(
                Of(Requests.CallerOf(context) with { Session = session, Csrf = Secret.CsrfOf(cookie) }), ApiJson.Default.SessionAnswer);
        }).RequireAuthorization(Roles.Viewer).WithName("changePassword").WithSummary("Changes the own password; all other sessions end.").Accepts<PasswordRequest>("application/json").Produces<SessionAnswer>().ProducesProblem(401).ProducesProblem(422);

        api.MapPost("/session/links", async (HttpContext context, SignIns signIns, TimeProvider time) =>
        {
            if (Requests.CallerOf(context).Kind == CallerKind.Token)
            {
                throw new Refusal(403, ProblemCode.Forbidden, "A token cannot make sign-in links. Sign in first, or ask on the scheduler's machine.");
            }

            string secret = await signIns.NewLinkAsync(Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.Json(
                new LinkAnswer($"{context.Request.Scheme}://{context.Request.Host}{SignInPage.PathOf(secret)}", time.GetUtcNow() + AccessLimits.Link), ApiJson.Default.LinkAnswer, statusCode: 201);
        }).RequireAuthorization(Roles.Admin).WithName("newSignInLink").WithSummary("Makes a link that signs in as an administrator, once.").Produces<LinkAnswer>(201);
    }

    /// <summary>Signs in and sets the cookie.</summary>
    public static async Task<string> SignInAsync(HttpContext context, SessionRequest request, SignIns signIns)
    {
        (string cookie, SessionRecord session) = request switch
        {
            { Link: { Length: > 0 } link } => await signIns.ByLinkAsync(link, context.Connection.RemoteIpAddress, Requests.ActorOf(context), context.RequestAborted),
            { User: { Length: > 0 } user, Password: { Length: > 0 } password } =>
                await signIns.ByPasswordAsync(user, password, context.Connection.RemoteIpAddress, Requests.ActorOf(context), context.RequestAborted),
            _ => throw Refusal.BadRequest("Send user and password, or link."),
        };
        SessionCookie.Write(context, cookie, session.ExpiresAt - session.CreatedAt);
        return cookie;
    }

    private static SessionAnswer Of(Caller caller) => new()
    {
        Name = caller.Name,
        Role = caller.Role,
        Kind = caller.Kind.ToString().ToLowerInvariant(),
        User = caller.User,
        Csrf = caller.Csrf,
        ExpiresAt = caller.Session?.ExpiresAt ?? caller.Token?.ExpiresAt,
        Apps = caller.Token?.Apps,
        Jobs = caller.Token?.Jobs,
    };
}
