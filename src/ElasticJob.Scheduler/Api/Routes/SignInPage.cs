using System.Net;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary>
/// <c>/sign-in</c>: a page without scripts for the one-time link and for passwords. Opening the link changes nothing, the button does: what looks at links
/// before people do must not use them up.
/// </summary>
internal static class SignInPage
{
    private const string Address = "/sign-in";
    private const int LongestForm = 16 * 1024;

    public static string PathOf(string secret) => $"{Address}?link={secret}";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Address, async (HttpContext context, AccessBook book) =>
            Page(await CallerAsync(context) is { } caller ? SignedIn(caller, book.Now.Users.Count == 0) : SignedOut(context.Request.Query["link"], null)))
            .AllowAnonymous().ExcludeFromDescription();

        app.MapPost(Address, async (HttpContext context, SignIns signIns) =>
        {
            Dictionary<string, StringValues> form = await FormAsync(context);
            try
            {
                Demand(context, null, form);
                await SessionRoutes.SignInAsync(context, new SessionRequest(Field(form, "user"), Field(form, "password"), Field(form, "link")), signIns);
                return Results.Redirect(Address);
            }
            catch (Refusal r)
            {
                return Page(SignedOut(default, r.Message), r.Status);
            }
        }).AllowAnonymous().WithName("signInByForm").ExcludeFromDescription();

        app.MapPost(Address + "/user", async (HttpContext context, Users users, SignIns signIns) =>
        {
            Dictionary<string, StringValues> form = await FormAsync(context);
            Caller caller = await CallerAsync(context) ?? throw new Refusal(401, ProblemCode.Unauthorized, "The session has ended; sign in again.");
            Demand(context, caller, form);
            if (caller.Role != AccessRole.Admin)
            {
                throw new Refusal(403, ProblemCode.Forbidden, "Only an administrator adds users.");
            }

            try
            {
                string? name = Field(form, "user");
                await users.AddAsync(name, AccessRole.Admin, Field(form, "password"), Requests.ActorOf(context) with { Subject = name }, context.RequestAborted);
                await SessionRoutes.SignInAsync(context, new SessionRequest(name, Field(form, "password")), signIns);
                await signIns.EndAsync(caller.Session!, Requests.ActorOf(context), context.RequestAborted);
                return Results.Redirect(Address);
            }
            catch (Refusal r)
            {
                return Page(SignedIn(caller, true, r.Message), r.Status);
            }
        }).AllowAnonymous().WithName("addUserByForm").ExcludeFromDescription();

        app.MapPost(Address + "/out", async (HttpContext context, SignIns signIns) =>
        {
            Dictionary<string, StringValues> form = await FormAsync(context);
            if (await CallerAsync(context) is { Session: { } session } caller)
            {
                Demand(context, caller, form);
                await signIns.EndAsync(session, Requests.ActorOf(context), context.RequestAborted);
            }

            SessionCookie.Remove(context);
            return Results.Redirect(Address);
        }).AllowAnonymous().WithName("signOutByForm").ExcludeFromDescription();
    }

    private static async Task<Caller?> CallerAsync(HttpContext context)
    {
        AuthenticateResult result = await context.AuthenticateAsync(AccessAuthentication.SchemeName);
        if (!result.Succeeded || context.Features.Get<Caller>() is not { Kind: CallerKind.Session } caller)
        {
            return null;
        }

        context.User = result.Principal;
        return caller;
    }

    private static void Demand(HttpContext context, Caller? caller, Dictionary<string, StringValues> form)
    {
        context.Request.Headers[CrossSite.Header] = Field(form, "csrf") ?? "";
        if (CrossSite.Refuses(context, caller) is { } why)
        {
            throw new Refusal(403, ProblemCode.Csrf, caller is null ? why : "The page is out of date; open it again.");
        }
    }

    private static async Task<Dictionary<string, StringValues>> FormAsync(HttpContext context) =>
        QueryHelpers.ParseQuery(await Requests.TextAsync(context.Request, LongestForm, context.RequestAborted));

    private static string? Field(Dictionary<string, StringValues> form, string name) => form.TryGetValue(name, out StringValues value) ? value.ToString() : null;

    private static IResult Page(string body, int status = 200) => Results.Content(
        $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>ElasticJob</title></head>
        <body><main><h1>ElasticJob</h1>
        {body}
        </main></body>
        </html>

        """,
        "text/html; charset=utf-8",
        null,
        status);

    private static string SignedOut(StringValues link, string? fault) =>
        $"""
        {Fault(fault)}
        {(StringValues.IsNullOrEmpty(link) ? "" : LinkForm(link.ToString()))}
        <form method="post" action="{Address}">
        <p><label>User <input name="user" autocomplete="username" required></label></p>
        <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
        <p><button>Sign in</button></p></form>
        """;

    private static string LinkForm(string link) =>
        $"""
        <form method="post" action="{Address}"><input type="hidden" name="link" value="{Html(link)}">
        <p>This link signs in as an administrator, once.</p>
        <p><button>Sign in</button></p></form>
        <p>Or with a password:</p>
        """;

    private static string SignedIn(Caller caller, bool nobodyYet, string? fault = null) =>
        $"""
        {Fault(fault)}
        <p>Signed in as <strong>{Html(caller.Name)}</strong>, role {Html(caller.Role.ToString().ToLowerInvariant())}, until {caller.Session!.ExpiresAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC.</p>
        {(caller.User is null ? UserForm(caller, nobodyYet) : "")}
        <h2>Programs</h2>
        <p>Programs send a token: <code>elasticjob login</code>, then <code>elasticjob token create NAME --role operator</code>; or
        <code>POST {ApiRoutes.Tokens}</code>. <a href="/openapi/v1.json">The API's description</a>.</p>
        <form method="post" action="{Address}/out"><input type="hidden" name="csrf" value="{caller.Csrf}"><p><button>Sign out</button></p></form>
        """;

    private static string UserForm(Caller caller, bool nobodyYet) =>
        $"""
        <h2>{(nobodyYet ? "Make the first user" : "Make a user")}</h2>
        <p>A link is good for one use. With a user and a password you can sign in again.</p>
        <form method="post" action="{Address}/user"><input type="hidden" name="csrf" value="{caller.Csrf}">
        <p><label>User <input name="user" autocomplete="username" required maxlength="64"></label></p>
        <p><label>Password, at least {AccessLimits.ShortestPassword} characters <input name="password" type="password" autocomplete="new-password" required minlength="{AccessLimits.ShortestPassword}"></label></p>
        <p><button>Make this administrator</button></p></form>
        """;

    private static string Fault(string? fault) => fault is null ? "" : $"""<p role="alert"><strong>{Html(fault)}</strong></p>""";

    private static string Html(string? text) => WebUtility.HtmlEncode(text) ?? "";
}
