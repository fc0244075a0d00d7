using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary><c>elasticjob cluster …</c>: what the scheduler knows of the cluster.</summary>
internal static class ClusterCommands
{
    public static Command Create(Terminal terminal) => new("cluster", "The cluster as the scheduler knows it.")
    {
        Of(terminal, "agents", "Machines that run tasks.", ["agent", "host", "tasks", "executors", "used", "state"], (a, _) =>
        [
            a.Text("id") ?? "", a.Text("hostname") ?? "", a.Text("tasks") ?? "", a.Text("executors") ?? "",
            Resources(a.Member("used")), a.Flag("draining") == true ? "draining" : "in use",
        ], "No agent is known yet.", "executors", "tasks"),
        Of(terminal, "executors", "Processes that run tasks of one app each.", ["executor", "app", "host", "state", "tasks", "started", "idle since"], (e, r) =>
        [
            e.Text("id") ?? "", $"{e.Text("app")} (version {e.Text("appVersion")})", e.Text("hostname") ?? "", e.Text("state") ?? "",
            e.Text("tasks") ?? "", r.When(e.Time("startedAt")), r.When(e.Time("idleSince")),
        ], "No executor runs; they start with the first task of an app and end when idle.", "host", "started"),
        Of(terminal, "offers", "Resources offered and not yet used or declined.", ["offer", "agent", "host", "resources"], (o, _) =>
        [
            o.Text("id") ?? "", o.Text("agent") ?? "", o.Text("hostname") ?? "", Resources(o.Member("resources")),
        ], "No offer is held: what is not needed is declined at once."),
        Status(terminal),
    };

    private static Command Of(
        Terminal terminal, string what, string description, string[] headings, Func<JsonNode, Report, string[]> row, string empty, params string[] spare)
    {
        var command = new Command(what, description);
        command.Does(terminal, async call =>
        {
            JsonArray all = await call.Api.ListAsync($"{Routes.Cluster}/{what}", int.MaxValue, call.Cancellation);
            call.Show(all, report => report.Table(headings, all.OfType<JsonNode>().Select(item => row(item, report)), empty, spare));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Status(Terminal terminal)
    {
        var command = new Command("status", "Who leads, the connection to the cluster, and counters.");
        command.Does(terminal, async call =>
        {
            JsonNode? status = await call.Api.GetAsync($"{Routes.Cluster}/status", call.Cancellation);
            bool connected = status.Flag("connected") == true;
            call.Show(status, report => report.Facts([
                ("scheduler", call.Api.Address.AbsoluteUri.TrimEnd('/')),
                ("leader", Leader(status)),
                ("cluster", connected ? "connected" : $"not connected: {status.Text("fault") ?? "the reason is not known"}"),
                .. status.Number("epoch") is > 0 ? Counters(status, report) : [],
                ("members", string.Join('\n', status.Items("members").Select(m => Member(m, report))))]));
            return connected ? ExitCode.Done : ExitCode.Refused;
        });
        return command;
    }

    /// <summary>What only a leader knows.</summary>
    private static IEnumerable<(string, string?)> Counters(JsonNode? status, Report report) =>
    [
        ("framework", status.Text("frameworkId")),
        ("epoch", status.Text("epoch")),
        ("takeover", Takeover(status.Member("takeover"), report)),
        ("offers", $"{status.Text("offers")} held{(status.Flag("suppressed") == true ? ", suppressed because nothing waits" : "")}"),
        ("jobs", status.Text("jobs")),
        ("runs", $"{status.Text("runs")} unfinished"),
        ("tasks", $"{status.Text("tasks")} live in {Report.Count(status.Number("executors") ?? 0, "executor", "executors")} on {Report.Count(status.Number("agents") ?? 0, "agent", "agents")}"),
        ("events", status.Number("eventBacklog") is > 0 and { } waiting ? NotStored(status, waiting) : "all stored"),
    ];

    private static string Leader(JsonNode? status)
    {
        string leader = status.Text("leader") ?? "nobody leads";
        return status.Fraction("leaseAgeSeconds") is { } age ? string.Create(CultureInfo.InvariantCulture, $"{leader}, proven {age:0.0} s ago") : leader;
    }

    private static string? Takeover(JsonNode? takeover, Report report)
    {
        return takeover is null ? null : $"{report.When(takeover.Time("at"))}: state {Stage("loaded", "loadedSeconds")}, {Stage("connected", "connectedSeconds")}";

        string Stage(string what, string member) => takeover.Fraction(member) is { } seconds
            ? string.Create(CultureInfo.InvariantCulture, $"{what} after {seconds:0.00} s")
            : $"not {what} yet";
    }

    private static string Member(JsonNode member, Report report)
    {
        string clock = member.Fraction("clockAheadSeconds") is { } ahead && Math.Abs(ahead) >= 1
            ? string.Create(CultureInfo.InvariantCulture, $", clock {Math.Abs(ahead):0.0} s {(ahead > 0 ? "ahead" : "behind")}")
            : "";
        string role = member.Flag("leads") == true ? "leads" : "waits";
        return $"{member.Text("name")} {role}, at {member.Text("address")?.TrimEnd('/') ?? "no address"}, version {member.Text("version")}, started {report.When(member.Time("startedAt"))}{clock}";
    }

    private static string NotStored(JsonNode? status, long waiting) =>
        $"{waiting} not stored yet{(status.Flag("eventBacklogIsFull") == true ? ", so many that due times wait" : "")}"
        + (status.Text("eventFault") is { } fault ? $": {fault}" : "");

    private static string Resources(JsonNode? amount) => amount is null ? "" : $"{amount.Text("cpus")} CPU, {amount.Text("memory")}";
}
