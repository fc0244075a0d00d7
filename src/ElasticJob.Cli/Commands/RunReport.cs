using System.Globalization;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Commands;

/// <summary>One run for people: the run, then a line per shard, then what went wrong.</summary>
internal static class RunReport
{
    public static void Write(Report report, JsonNode? run)
    {
        string state = Words.Outcome(run.Text("outcome")) ?? run.Text("state") ?? "";
        report.Facts(
            ("run", run.Text("id")),
            ("job", $"{run.Text("job")} (version {run.Text("version")})"),
            ("state", state),
            ("reason", run.Text("reason")),
            ("trigger", run.Text("trigger") + (run.Text("actor") is { } actor ? $" by {actor}" : "")),
            ("parameter", run.Text("parameter")),
            ("due", report.When(run.Time("dueAt"))),
            ("started", report.When(run.Time("startedAt"))),
            ("ended", report.When(run.Time("finishedAt"))),
            ("took", run.Time("startedAt") is null ? null : report.Took(run.Time("startedAt"), run.Time("finishedAt"))));
        JsonNode[] shards = [.. run.Items("shards")];
        if (shards.Length == 0)
        {
            return;
        }

        report.Line();
        report.Table(
            ["shard", "state", "attempts", "took", "progress", "where", "reason"],
            shards.Select(s => new[]
            {
                s.Text("item") ?? "",
                Words.Outcome(s.Text("outcome")) ?? s.Text("state") ?? "",
                s.Text("attempts") ?? "",
                Took(report, s.Member("task")),
                Progress(s.Member("task")),
                s.Member("task").Text("hostname") ?? "–",
                s.Text("reason") ?? s.Member("task").Text("message") ?? "",
            }),
            "",
            "where", "attempts");
        foreach (JsonNode shard in shards)
        {
            WriteFailure(report, shard);
        }
    }

    private static void WriteFailure(Report report, JsonNode shard)
    {
        JsonNode? task = shard.Member("task");
        JsonNode? failure = task.Member("failure");
        if (failure is null && shard.Text("outcome") is null or "succeeded")
        {
            return;
        }

        report.Line();
        report.Styled($"Shard {shard.Text("item")}: {failure.Text("message") ?? task.Text("message") ?? shard.Text("reason")}", "red");
        foreach (JsonNode line in task.Items("lastLines"))
        {
            report.Line($"  | {line}");
        }
    }

    private static string Took(Report report, JsonNode? task)
    {
        DateTimeOffset? start = task.Time("runningAt") ?? task.Time("launchedAt");
        return start is null ? "–" : report.Took(start, task.Time("endedAt"));
    }

    private static string Progress(JsonNode? task)
    {
        string? share = task.Fraction("progress")?.ToString("P0", CultureInfo.InvariantCulture);
        return (share, task.Text("progressText")) switch
        {
            (null, null) => "–",
            (null, { } text) => text,
            ({ } number, null) => number,
            ({ } number, { } text) => $"{number} {text}",
        };
    }
}
