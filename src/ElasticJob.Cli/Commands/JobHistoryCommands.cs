using System.CommandLine;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Commands;

/// <summary>What was, what will be, and why something is not: <c>runs</c>, <c>ledger</c>, <c>next</c>, <c>why</c>.</summary>
internal static class JobHistoryCommands
{
    public static Command Runs(Terminal terminal)
    {
        Argument<string> name = JobCommands.Name();
        Option<int> last = Count("--last", "How many, newest first.", 20);
        var runs = new Command("runs", "Runs of a job, newest first.") { name, last };
        runs.Does(terminal, async call =>
        {
            int most = call.Get(last);
            JsonArray all = await call.Api.ListAsync($"{Routes.Job(call.Get(name), "runs")}?limit={Math.Min(most, 100)}", most, call.Cancellation);
            call.Show(all, report => report.Table(
                ["run", "state", "trigger", "due", "took", "shards", "reason"],
                all.Select(r => new[]
                {
                    r.Text("id") ?? "",
                    Words.Outcome(r.Text("outcome")) ?? r.Text("state") ?? "",
                    r.Text("trigger") ?? "",
                    report.When(r.Time("dueAt")),
                    r.Time("startedAt") is null ? "–" : report.Took(r.Time("startedAt"), r.Time("finishedAt")),
                    r.Text("shardCount") ?? "",
                    r.Text("reason") ?? "",
                }),
                $"No runs of {call.Get(name)} yet. 'elasticjob job next {call.Get(name)}' shows when it is due.",
                "shards", "trigger"));
            return ExitCode.Done;
        });
        return runs;
    }

    public static Command Ledger(Terminal terminal)
    {
        Argument<string> name = JobCommands.Name();
        var since = new Option<string>("--since") { Description = "From when: a time such as 2026-11-21T04:00Z, or how long ago such as 2h.", HelpName = "T" };
        var until = new Option<string>("--until") { Description = "Until when, written as for --since; what was due at that very time is not in it.", HelpName = "T" };
        Option<int> last = Count("--last", "How many lines, newest first.", 100);
        var ledger = new Command("ledger", "Every due time of a job, and the run or the reason that answers it.") { name, since, until, last };
        ledger.Does(terminal, async call =>
        {
            string Moment(string key, Option<string> option) =>
                call.Get(option) is { } text ? $"&{key}={Uri.EscapeDataString(Moments.Parse(text, call.Terminal).ToString("o"))}" : "";
            int most = call.Get(last);
            string path = $"{Routes.Job(call.Get(name), "ledger")}?limit={Math.Min(most, 100)}{Moment("since", since)}{Moment("until", until)}";
            JsonArray all = await call.Api.ListAsync(path, most, call.Cancellation);
            call.Show(all, report => report.Table(
                ["due", "answer", "outcome", "late", "run", "reason"],
                all.Select(e => new[]
                {
                    Due(e, report),
                    e.Text("answer") ?? "",
                    Words.Outcome(e.Text("outcome")) ?? Unfinished(e),
                    e.Number("latenessMs") is { } late ? Times.Span(TimeSpan.FromMilliseconds(late)) : "–",
                    e.Text("run") is { } run ? (e.Text("shard") is { } shard ? $"{run} shard {shard}" : run) : "–",
                    e.Text("answer") == "skipped" ? Skipped(e) : e.Text("message") ?? e.Text("reason") ?? "",
                }),
                $"No due time of {call.Get(name)} was answered {(call.Get(since) is null && call.Get(until) is null ? "yet" : "in that time")}.",
                "answer"));
            return ExitCode.Done;
        });
        return ledger;
    }

    public static Command Next(Terminal terminal)
    {
        Argument<string> name = JobCommands.Name();
        Option<int> count = Count("-n", "How many.", 10);
        var next = new Command("next", "The next due times of a job.") { name, count };
        next.Does(terminal, async call =>
        {
            JsonNode? answer = await call.Api.GetAsync($"{Routes.Job(call.Get(name), "next")}?n={call.Get(count)}", call.Cancellation);
            call.Show(answer, report =>
            {
                string zone = answer.Text("timeZone") ?? "UTC";
                TimeZoneInfo there = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found) ? found : TimeZoneInfo.Utc;
                DateTimeOffset[] times = [.. answer.Items("times").Select(t => t.GetValue<DateTimeOffset>())];
                report.Table(
                    ["due", $"in {zone}"],
                    times.Select(t => new[] { report.When(t), TimeZoneInfo.ConvertTime(t, there).ToString("ddd yyyy-MM-dd HH:mm:ss zzz") }),
                    $"{call.Get(name)} has no due time.");
                if (answer.Text("note") is { } note)
                {
                    report.Styled(note, "yellow");
                }
            });
            return ExitCode.Done;
        });
        return next;
    }

    public static Command Why(Terminal terminal)
    {
        Argument<string> name = JobCommands.Name();
        var why = new Command("why", "Why a job does not run now, and what its runs wait for.") { name };
        why.Does(terminal, async call =>
        {
            JsonNode? answer = await call.Api.GetAsync(Routes.Job(call.Get(name), "why"), call.Cancellation);
            call.Show(answer, report =>
            {
                report.Line(answer.Text("summary") ?? "Nothing waits.");
                foreach (string line in JobWaits.Lines(answer.Items("waits"), report))
                {
                    report.Line(line);
                }
            });
            return ExitCode.Done;
        });
        return why;
    }

    private static Option<int> Count(string name, string description, int standard)
    {
        var count = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => standard };
        count.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int n) || n is < 1 or > 100_000))
            {
                result.AddError($"{name}: '{result.Tokens[0].Value}' is not a number from 1 to 100000");
            }
        });
        return count;
    }

    private static string Unfinished(JsonNode? entry) => (entry.Text("answer"), entry.Text("state")) switch
    {
        (_, "waiting" or "ready") => "waits",
        ("run" or "manual", _) => "going on",
        _ => "–",
    };

    /// <summary>The reason and what is said of it; once where that begins with the very word.</summary>
    private static string Skipped(JsonNode? entry) => (entry.Text("reason"), entry.Text("message")) switch
    {
        ({ } reason, { } message) when !message.StartsWith(reason, StringComparison.OrdinalIgnoreCase) => $"{reason}: {message}",
        var (reason, message) => message ?? reason ?? "",
    };

    private static string Due(JsonNode? entry, Report report)
    {
        string first = report.When(entry.Time("dueAt"));
        return entry.Number("count") is > 1 and { } count
            ? $"{count} due times, {report.Exact(entry.Time("dueAt")!.Value)} to {report.Exact(entry.Time("dueUntil") ?? entry.Time("dueAt")!.Value)}"
            : first;
    }
}
