using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob token …</c>: what programs sign in with.</summary>
internal static class TokenCommands
{
    public static Command Create(Terminal terminal) => new("token", "Tokens: what programs sign in with.") { List(terminal), Add(terminal), Revoke(terminal) };

    private static Command List(Terminal terminal)
    {
        var list = new Command("list", "Your tokens; for administrators all.");
        list.Does(terminal, async call =>
        {
            JsonArray tokens = await call.Api.ListAsync(Routes.Tokens, int.MaxValue, call.Cancellation);
            call.Show(tokens, report => report.Table(
                ["id", "name", "role", "owner", "for", "last used", "expires"],
                tokens.Select(t => new[]
                {
                    t.Text("id") ?? "", t.Text("name") ?? "", t.Text("role") ?? "", t.Text("owner") ?? "", Scope(t), report.When(t.Time("usedAt")), report.When(t.Time("expiresAt")),
                }),
                "No tokens yet. 'elasticjob token create NAME' makes one.",
                "for",
                "owner"));
            return ExitCode.Done;
        });
        return list;
    }

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "What it is for, such as 'deploy from CI'." };
        Option<string> role = UserCommands.Role("What it may do, at most your own role; viewer by default.");
        var expires = new Option<string>("--expires-in") { Description = "How long it is good for, such as 30d; 90 days by default, a year at most.", HelpName = "TIME" };
        var apps = new Option<string[]>("--app") { Description = "Only these apps; '*' stands for anything.", HelpName = "PATTERN" };
        var jobs = new Option<string[]>("--job") { Description = "Only these jobs.", HelpName = "PATTERN" };
        var create = new Command("create", "Makes a token and writes it to the standard output; it is told this once.") { name, role, expires, apps, jobs };
        create.Does(terminal, async call =>
        {
            var body = new JsonObject { ["name"] = call.Get(name), ["role"] = call.Get(role) ?? "viewer" };
            if (call.Get(expires) is { } time)
            {
                body["expiresIn"] = time;
            }

            Put(body, "apps", call.Get(apps));
            Put(body, "jobs", call.Get(jobs));
            JsonNode? token = await call.Api.SendAsync(HttpMethod.Post, Routes.Tokens, body, call.Cancellation);
            call.Confirm(token, token.Text("token") ?? "");
            return ExitCode.Done;
        });
        return create;
    }

    private static Command Revoke(Terminal terminal) => RemoveCommand.Create(
        terminal,
        "revoke",
        "Revokes a token at once.",
        new Argument<string>("ID") { Description = "Its id, as 'token list' shows it." },
        name => Routes.Token(name),
        static id => $"Token {id} was revoked.");

    private static void Put(JsonObject body, string key, string[]? patterns)
    {
        if (patterns is { Length: > 0 })
        {
            body[key] = new JsonArray([.. patterns.Select(p => JsonValue.Create(p))]);
        }
    }

    private static string Scope(JsonNode? token)
    {
        string[] parts =
        [
            .. token.Member("apps") is JsonArray apps ? apps.Select(a => $"app {a}") : [],
            .. token.Member("jobs") is JsonArray jobs ? jobs.Select(j => $"job {j}") : [],
        ];
        return token.Member("apps") is null && token.Member("jobs") is null ? "everything" : string.Join(", ", parts);
    }
}
