using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ElasticJob.Scheduler.Api.Routes;

/// <summary><c>/users</c>.</summary>
internal static class UserRoutes
{
    public static void MapUsers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/users", (string? cursor, int? limit, AccessBook book) =>
        {
            int most = Requests.Limit(limit);
            UserRecord[] users =
            [
                .. book.Now.Users.All.Where(u => cursor is null || string.CompareOrdinal(u.Name, cursor) > 0).OrderBy(u => u.Name, StringComparer.Ordinal).Take(most + 1),
            ];
            return TypedResults.Json(
                new Page<UserAnswer>([.. users.Take(most).Select(u => Of(u, book.Now))], users.Length > most ? users[most - 1].Name : null), ApiJson.Default.PageUserAnswer);
        }).RequireAuthorization(Roles.Admin).WithName("listUsers").WithSummary("The users, by name.").Produces<Page<UserAnswer>>();

        api.MapPost("/users", async (HttpContext context, Users users, AccessBook book, SchedulerApiOptions options) =>
        {
            UserRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.UserRequest, new UserRequest(), context.RequestAborted);
            UserRecord user = await users.AddAsync(
                request.Name, request.Role ?? AccessRole.Viewer, request.Password, Requests.ActorOf(context) with { Subject = request.Name }, context.RequestAborted);
            context.Response.Headers.Location = ApiRoutes.User(user.Name);
            return TypedResults.Json(Of(user, book.Now), ApiJson.Default.UserAnswer, statusCode: 201);
        }).RequireAuthorization(Roles.Admin).WithName("addUser").WithSummary("Adds a user.").Accepts<UserRequest>("application/json").Produces<UserAnswer>(201).ProducesProblem(409).ProducesProblem(422);

        api.MapGet("/users/{name}", (string name, AccessBook book) => TypedResults.Json(
            Of(book.Now.Users.Find(name) ?? throw Refusal.NotFound($"There is no user '{name}'."), book.Now), ApiJson.Default.UserAnswer))
            .RequireAuthorization(Roles.Admin).WithName("getUser").WithSummary("One user.").Produces<UserAnswer>().ProducesProblem(404);

        api.MapPut("/users/{name}", async (string name, HttpContext context, Users users, AccessBook book, SchedulerApiOptions options) =>
        {
            UserRequest request = await Requests.BodyAsync(context.Request, options, ApiJson.Default.UserRequest, new UserRequest(), context.RequestAborted);
            if (request.Name is not null && request.Name != name)
            {
                throw Refusal.BadRequest($"name: is another one than in the address ('{name}'); a user keeps its name.");
            }

            UserRecord user = await users.ChangeAsync(name, request.Role, request.Password, Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.Json(Of(user, book.Now), ApiJson.Default.UserAnswer);
        }).RequireAuthorization(Roles.Admin).WithName("changeUser").WithSummary("Gives a user another role or password.").Accepts<UserRequest>("application/json").Produces<UserAnswer>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

        api.MapDelete("/users/{name}", async (string name, HttpContext context, Users users) =>
        {
            await users.RemoveAsync(name, Requests.ActorOf(context), context.RequestAborted);
            return TypedResults.NoContent();
        }).RequireAuthorization(Roles.Admin).WithName("removeUser").WithSummary("Removes a user with its sessions and tokens.").ProducesProblem(404).ProducesProblem(409);
    }

    private static UserAnswer Of(UserRecord user, AccessState state) =>
        new(user.Name, user.Role, user.CreatedAt, user.PasswordChangedAt, state.Sessions.All.Count(s => s.User == user.Name && s.Stamp == user.Stamp));
}
