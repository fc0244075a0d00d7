using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob login</c>, <c>logout</c>, <c>whoami</c>: a session with one scheduler.</summary>
internal static class SessionCommands
{
    public static Command Login(Terminal terminal)
    {
        var user = new Option<string>("--user") { Description = "The user; asked for otherwise.", HelpName = "NAME" };
        var link = new Option<bool>("--link") { Description = "Signs in with a one-time link, which is read from the standard input." };
        var login = new Command("login", "Signs in to a scheduler; later commands use the session. The password is read from the standard input.") { user, link };
        login.Does(terminal, async call =>
        {
            JsonObject request = call.Get(link)
                ? new JsonObject { ["link"] = Secrets.Read(terminal, "Sign-in link: ").Split("link=")[^1] }
                : new JsonObject { ["user"] = call.Get(user) ?? Secrets.Line(terminal, "User: "), ["password"] = Secrets.Read(terminal, "Password: ") };
            (JsonNode? answer, string? cookie) = await call.Api.SignInAsync(HttpMethod.Post, Routes.Session, request, call.Cancellation);
            if (cookie is null || answer.Text("csrf") is not { } csrf)
            {
                throw CliException.Refused($"{call.Api.Address} began no session; is it an ElasticJob scheduler?");
            }

            new StoredSession(cookie, csrf).Write(call.Api.Address, terminal);
            var shown = new JsonObject { ["name"] = answer.Text("name"), ["role"] = answer.Text("role"), ["expiresAt"] = answer.Text("expiresAt") };
            call.Confirm(shown, $"Signed in as {answer.Text("name")}, role {answer.Text("role")}.");
            return ExitCode.Done;
        });
        return login;
    }

    public static Command Logout(Terminal terminal)
    {
        var logout = new Command("logout", "Ends the session with a scheduler.");
        logout.Does(terminal, async call =>
        {
            if (StoredSession.Read(call.Api.Address, terminal) is not { } session)
            {
                throw CliException.Refused($"There is no session with {call.Api.Address.AbsoluteUri.TrimEnd('/')}.");
            }

            using var api = new ApiClient(new ServerAddress(call.Api.Address, null) { Session = session });
            try
            {
                await api.SendAsync(HttpMethod.Delete, Routes.Session, null, call.Cancellation);
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Refused)
            {
                // It had ended there already.
            }

            StoredSession.Remove(call.Api.Address, terminal);
            call.Confirm(null, "Signed out.");
            return ExitCode.Done;
        });
        return logout;
    }

    public static Command WhoAmI(Terminal terminal)
    {
        var whoami = new Command("whoami", "Who the scheduler takes you for.");
        whoami.Does(terminal, async call =>
        {
            JsonNode? me = await call.Api.GetAsync(Routes.Session, call.Cancellation);
            (me as JsonObject)?.Remove("csrf");
            call.Show(me, report => report.Facts(
                ("name", me.Text("name")),
                ("role", me.Text("role")),
                ("by", me.Text("kind") switch { "local" => "the token file of this machine", "token" => "a token", _ => "a session" }),
                ("until", me.Time("expiresAt") is { } until ? report.Exact(until) : null),
                ("apps", me.Member("apps") is JsonArray apps ? string.Join(", ", apps) : null),
                ("jobs", me.Member("jobs") is JsonArray jobs ? string.Join(", ", jobs) : null)));
            return ExitCode.Done;
        });
        return whoami;
    }
}
