using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob job …</c>: definitions, their runs, and the answers to "when" and "why".</summary>
internal static class JobCommands
{
    public static Command Create(Terminal terminal) => new("job", "Jobs: what is done, when, and how it went.")
    {
        List(terminal),
        Show(terminal),
        Change(terminal, "enable", "Lets a job start.", "enabled"),
        Change(terminal, "disable", "Keeps a job from starting; what runs goes on.", "disabled"),
        Remove(terminal),
        TriggerCommand.Create(terminal),
        JobHistoryCommands.Runs(terminal),
        JobHistoryCommands.Ledger(terminal),
        JobHistoryCommands.Next(terminal),
        JobHistoryCommands.Why(terminal),
    };

    internal static Argument<string> Name() => new("NAME") { Description = "The job." };

    private static Command List(Terminal terminal)
    {
        var app = new Option<string>("--app") { Description = "Only jobs of this app.", HelpName = "NAME" };
        var list = new Command("list", "All jobs: what they do now, when they are due, how the last run ended.") { app };
        list.Does(terminal, async call =>
        {
            JsonArray jobs = await call.Api.ListAsync(Routes.Jobs, int.MaxValue, call.Cancellation);
            if (call.Get(app) is { } only)
            {
                jobs = new JsonArray([.. jobs.Where(j => j.Text("app") == only).Select(j => j!.DeepClone())]);
            }

            call.Show(jobs, report => report.Table(
                ["name", "state", "next due", "last outcome", "last ended", "shards", "schedule", "app"],
                jobs.Select(j => new[]
                {
                    j.Text("name") ?? "",
                    State(j),
                    report.When(j.Time("nextDue")),
                    Words.Outcome(j.Member("last").Text("outcome")) ?? "–",
                    report.When(j.Member("last").Time("finishedAt")),
                    j.Text("shards") ?? "",
                    Schedule(j),
                    j.Text("app") ?? "",
                }),
                "No jobs yet. 'elasticjob apply -f FILE' brings some; see docs/first-job.md.",
                "shards", "app", "schedule", "last ended"));
            return ExitCode.Done;
        });
        return list;
    }

    private static Command Show(Terminal terminal)
    {
        Argument<string> name = Name();
        var show = new Command("show", "One job with its definition.") { name };
        show.Does(terminal, async call =>
        {
            JsonNode? job = await call.Api.GetAsync(Routes.Job(call.Get(name)), call.Cancellation);
            call.Show(job, report =>
            {
                JsonNode? last = job.Member("last");
                report.Facts(
                    ("job", job.Text("name")),
                    ("app", job.Text("app")),
                    ("about", job.Text("description")),
                    ("state", State(job)),
                    ("fault", job.Text("fault")),
                    ("schedule", Schedule(job)),
                    ("next due", report.When(job.Time("nextDue"))),
                    ("runs", $"{job.Text("runningRuns")} going on, {job.Text("waitingRuns")} waiting"),
                    ("last run", last is null ? null : $"{last.Text("run")}: {Words.Outcome(last.Text("outcome"))}, {report.When(last.Time("finishedAt"))}"),
                    ("version", $"{job.Text("version")}, stored {report.When(job.Time("updatedAt"))}"));
                report.Line();
                report.Line(YamlText.Write(job.Member("definition")).TrimEnd());
            });
            return ExitCode.Done;
        });
        return show;
    }

    private static Command Change(Terminal terminal, string verb, string description, string done)
    {
        Argument<string> name = Name();
        var change = new Command(verb, description) { name };
        change.Does(terminal, async call =>
        {
            JsonNode? answer = await call.Api.SendAsync(HttpMethod.Post, Routes.Job(call.Get(name), verb), null, call.Cancellation);
            call.Confirm(answer, $"Job {call.Get(name)} is {done}.");
            return ExitCode.Done;
        });
        return change;
    }

    private static Command Remove(Terminal terminal) => RemoveCommand.Create(
        terminal,
        "remove",
        "Removes a job; what runs is ended, its history stays.",
        Name(),
        name => Routes.Job(name),
        static name => $"Job {name} is removed.");

    private static string State(JsonNode? job) => job.Text("state") ?? (job.Flag("enabled") == false ? "disabled" : "enabled");

    private static string Schedule(JsonNode? job)
    {
        string[] schedules = [.. job.Items("schedule").Select(s => s.ToString())];
        return schedules.Length == 0 ? "–" : string.Join("; ", schedules);
    }
}
