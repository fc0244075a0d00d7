using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob user …</c>: who may sign in.</summary>
internal static class UserCommands
{
    public static Command Create(Terminal terminal) => new("user", "Users: who may sign in, and what they may do.")
    {
        List(terminal),
        Add(terminal),
        Change(terminal),
        Remove(terminal),
        Password(terminal),
        Link(terminal),
    };

    internal static Option<string> Role(string description)
    {
        var role = new Option<string>("--role") { Description = description, HelpName = "viewer|operator|admin" };
        role.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.Tokens[0].Value is not ("viewer" or "operator" or "admin"))
            {
                result.AddError($"--role: '{result.Tokens[0].Value}' is not a role; use viewer, operator or admin");
            }
        });
        return role;
    }

    private static Command List(Terminal terminal)
    {
        var list = new Command("list", "All users.");
        list.Does(terminal, async call =>
        {
            JsonArray users = await call.Api.ListAsync(Routes.Users, int.MaxValue, call.Cancellation);
            call.Show(users, report => report.Table(
                ["name", "role", "sessions", "password set", "created"],
                users.Select(u => new[] { u.Text("name") ?? "", u.Text("role") ?? "", u.Text("sessions") ?? "", report.When(u.Time("passwordChangedAt")), report.When(u.Time("createdAt")) }),
                "No users yet. 'elasticjob user add NAME --role admin' adds one.",
                "created"));
            return ExitCode.Done;
        });
        return list;
    }

    private static Command Add(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The user." };
        Option<string> role = Role("What it may do; viewer by default.");
        var add = new Command("add", "Adds a user; the password is read from the standard input.") { name, role };
        add.Does(terminal, async call =>
        {
            var body = new JsonObject { ["name"] = call.Get(name), ["role"] = call.Get(role) ?? "viewer", ["password"] = Secrets.Read(terminal, "Password: ") };
            JsonNode? user = await call.Api.SendAsync(HttpMethod.Post, Routes.Users, body, call.Cancellation);
            call.Confirm(user, $"User {user.Text("name")} was added with the role {user.Text("role")}.");
            return ExitCode.Done;
        });
        return add;
    }

    private static Command Change(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The user." };
        Option<string> role = Role("The new role.");
        var password = new Option<bool>("--password") { Description = "A new password, read from the standard input; the user's sessions end." };
        var change = new Command("change", "Gives a user another role or password.") { name, role, password };
        change.Does(terminal, async call =>
        {
            var body = new JsonObject();
            if (call.Get(role) is { } wanted)
            {
                body["role"] = wanted;
            }

            if (call.Get(password))
            {
                body["password"] = Secrets.Read(terminal, "Password: ");
            }

            if (body.Count == 0)
            {
                throw CliException.Usage("user change: say what, with --role or --password");
            }

            JsonNode? user = await call.Api.SendAsync(HttpMethod.Put, Routes.User(call.Get(name)), body, call.Cancellation);
            call.Confirm(user, $"User {user.Text("name")} was changed.");
            return ExitCode.Done;
        });
        return change;
    }

    private static Command Remove(Terminal terminal) => RemoveCommand.Create(
        terminal,
        "remove",
        "Removes a user with its sessions and tokens.",
        new Argument<string>("NAME") { Description = "The user." },
        name => Routes.User(name),
        static name => $"User {name} was removed.");

    private static Command Password(Terminal terminal)
    {
        var password = new Command("password", "Changes your own password: the old one and the new one are read from the standard input, a line each. Needs 'login'.");
        password.Does(terminal, async call =>
        {
            var body = new JsonObject { ["old"] = Secrets.Read(terminal, "Old password: "), ["new"] = Secrets.Read(terminal, "New password: ") };
            (JsonNode? answer, string? cookie) = await call.Api.SignInAsync(HttpMethod.Put, Routes.Password, body, call.Cancellation);
            if (cookie is not null && answer.Text("csrf") is { } csrf)
            {
                new StoredSession(cookie, csrf).Write(call.Api.Address, terminal);
            }

            call.Confirm(null, "The password was changed; all other sessions have ended.");
            return ExitCode.Done;
        });
        return password;
    }

    private static Command Link(Terminal terminal)
    {
        var link = new Command("link", "Makes a link that signs in as an administrator, once and within the hour; earlier ones are void.");
        link.Does(terminal, async call =>
        {
            JsonNode? made = await call.Api.SendAsync(HttpMethod.Post, Routes.Links, null, call.Cancellation);
            call.Confirm(made, made.Text("link") ?? "");
            return ExitCode.Done;
        });
        return link;
    }
}
