using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob audit</c>: who did what.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal)
    {
        var last = new Option<int>("--last") { Description = "How many, newest first.", HelpName = "N", DefaultValueFactory = _ => 50 };
        var since = new Option<string>("--since") { Description = "From this time on: an instant, or such as 2h back from now.", HelpName = "TIME" };
        var actor = new Option<string>("--actor") { Description = "By whom.", HelpName = "NAME" };
        var subject = new Option<string>("--subject") { Description = "About which job, app, run or user.", HelpName = "NAME" };
        var refused = new Option<bool>("--refused") { Description = "Only what was refused." };
        var audit = new Command("audit", "Who did what, from where, and what it changed; for administrators.") { last, since, actor, subject, refused };
        audit.Does(terminal, async call =>
        {
            string query = string.Concat(new[] { ("since", call.Get(since)), ("actor", call.Get(actor)), ("subject", call.Get(subject)), ("outcome", call.Get(refused) ? "refused" : null) }
                .Where(q => q.Item2 is not null).Select(q => $"&{q.Item1}={Uri.EscapeDataString(q.Item2!)}"));
            int most = call.Get(last);
            JsonArray entries = await call.Api.ListAsync($"{Routes.Audit}?limit={Math.Clamp(most, 1, 1000)}{query}", most, call.Cancellation);
            call.Show(entries, report => report.Table(
                ["when", "who", "from", "what", "of", "outcome", "changes"],
                entries.Select(e => new[]
                {
                    report.When(e.Time("at")), e.Text("actor") ?? "", e.Text("remote") ?? "", e.Text("operation") ?? "", e.Text("subject") ?? "", e.Text("outcome") ?? "", Changes(e),
                }),
                "Nothing of that kind is in the audit log.",
                "from"));
            return ExitCode.Done;
        });
        return audit;
    }

    private static string Changes(JsonNode? entry)
    {
        IEnumerable<string> changes = entry.Items("changes").Select(c =>
        {
            string fields = string.Join(", ", c.Items("differences").Take(4).Select(d => $"{d.Text("path")}: {d.Text("old") ?? "–"} → {d.Text("new") ?? "–"}"));
            return $"{c.Text("kind")} {c.Text("name")} {c.Text("change")}{(fields.Length == 0 || c.Text("change") == "created" ? "" : $" ({fields})")}";
        });
        string[] all = [.. changes];
        string shown = string.Join("; ", all.Take(3)) + (all.Length > 3 ? $"; and {all.Length - 3 + (entry.Number("unlisted") ?? 0)} more" : "");
        return shown.Length > 0 ? shown : entry.Text("message") ?? "";
    }
}
