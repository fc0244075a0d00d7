using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob app …</c>: what is shipped.</summary>
internal static class AppCommands
{
    public static Command Create(Terminal terminal) => new("app", "Apps: what is shipped, and the executors that run it.")
    {
        List(terminal),
        Show(terminal),
        Change(terminal, "enable", "Lets jobs of an app start.", "enabled"),
        Change(terminal, "disable", "Keeps jobs of an app from starting; what runs goes on.", "disabled"),
        Remove(terminal),
    };

    private static Command List(Terminal terminal)
    {
        var list = new Command("list", "All apps.");
        list.Does(terminal, async call =>
        {
            JsonArray apps = await call.Api.ListAsync(Routes.Apps, int.MaxValue, call.Cancellation);
            call.Show(apps, report => report.Table(
                ["name", "state", "jobs", "version", "changed"],
                apps.Select(a => new[]
                {
                    a.Text("name") ?? "",
                    a.Flag("enabled") == false ? "disabled" : "enabled",
                    a.Text("jobs") ?? "",
                    a.Text("version") ?? "",
                    report.When(a.Time("updatedAt")),
                }),
                "No apps yet. 'elasticjob apply -f FILE' brings some; see docs/first-job.md.",
                "changed"));
            return ExitCode.Done;
        });
        return list;
    }

    private static Command Show(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The app." };
        var show = new Command("show", "One app with its definition.") { name };
        show.Does(terminal, async call =>
        {
            JsonNode? app = await call.Api.GetAsync(Routes.App(call.Get(name)), call.Cancellation);
            call.Show(app, report =>
            {
                report.Facts(
                    ("app", app.Text("name")),
                    ("state", app.Flag("enabled") == false ? "disabled" : "enabled"),
                    ("version", $"{app.Text("version")}, stored {report.When(app.Time("updatedAt"))}"),
                    ("jobs", app.Text("jobs")),
                    ("package", app.Text("packageDigest")));
                report.Line();
                report.Line(YamlText.Write(app.Member("definition")).TrimEnd());
            });
            return ExitCode.Done;
        });
        return show;
    }

    private static Command Change(Terminal terminal, string verb, string description, string done)
    {
        var name = new Argument<string>("NAME") { Description = "The app." };
        var change = new Command(verb, description) { name };
        change.Does(terminal, async call =>
        {
            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Post, Routes.App(call.Get(name), verb), null, call.Cancellation);
            call.Confirm(answer, $"App {call.Get(name)} is {done}.");
            return ExitCode.Done;
        });
        return change;
    }

    private static Command Remove(Terminal terminal) => RemoveCommand.Create(
        terminal,
        "remove",
        "Removes an app that has no jobs left.",
        new Argument<string>("NAME") { Description = "The app." },
        name => Routes.App(name),
        static name => $"App {name} is removed.");
}
