using Microsoft.OpenApi;

namespace ElasticJob.Scheduler.Api;

/// <summary>What parameters mean, and which closed set their values come from.</summary>
internal static class ParameterDescription
{
    private static readonly Dictionary<string, string> Says = new()
    {
        ["q"] = "Only those whose name (or description) contains this text, whatever its case.",
        ["app"] = "Only those of this app.",
        ["job"] = "Only those of this job.",
        ["run"] = "Only those of this run.",
        ["state"] = "Only those in this state.",
        ["outcome"] = "Only those that ended so.",
        ["trigger"] = "Only those that started for this reason.",
        ["kind"] = "Only events of these kinds; several are separated by commas or given several times.",
        ["sort"] = "Key to sort by; a leading - turns the order.",
        ["cursor"] = "The next of the page before; absent for the first page.",
        ["limit"] = "Most items of a page, 1 to 1000.",
        ["since"] = "From this instant on (ISO 8601), or a time back from now such as 1h.",
        ["until"] = "Before this instant (ISO 8601), or a time back from now such as 1h.",
        ["from"] = "Begin, as an instant (ISO 8601) or a time back from now such as 1h.",
        ["to"] = "End, as an instant (ISO 8601) or a time back from now such as 1h.",
        ["by"] = "Width of a step: minute, hour or day.",
        ["after"] = "Only events after this one, oldest first.",
        ["n"] = "How many, 1 to 1000.",
        ["manual"] = "Whether runs that somebody asked for are in it, too.",
        ["dryRun"] = "Whether nothing is stored: the answer says what would happen.",
        ["offset"] = "First byte.",
        ["tail"] = "Only the last so many lines.",
        ["follow"] = "Whether the answer goes on while lines are added.",
        ["name"] = "Its name.",
        ["id"] = "Its id.",
        ["task"] = "Id of the task.",
        ["actor"] = "Only what this user, token or program did.",
        ["operation"] = "Only this operation, by the name that it has here.",
        ["subject"] = "Only what is about this job, app, run or user.",
        ["schedule"] = "A cron expression, Quartz or Unix; give several for a union.",
        ["every"] = "An interval such as 30s, instead of or beside schedule.",
        ["userFormat"] = "Whether the crontab has no user column (crontab -l); told from its content by default.",
        ["timeZone"] = "IANA time zone of the cron expressions; UTC by default.",
    };

    private static readonly Dictionary<(string Operation, string Parameter), string> Sets = new()
    {
        [("listJobs", "state")] = "JobState",
        [("listRuns", "state")] = "RunState",
        [("listRuns", "outcome")] = "Outcome",
        [("listRuns", "trigger")] = "Trigger",
        [("listRunsOfJob", "state")] = "RunState",
        [("listRunsOfJob", "outcome")] = "Outcome",
    };

    public static void Complete(OpenApiDocument document, string operation, OpenApiParameter parameter)
    {
        parameter.Description ??= Says.GetValueOrDefault(parameter.Name ?? "");
        if (Sets.TryGetValue((operation, parameter.Name ?? ""), out string? set) && document.Components?.Schemas?.ContainsKey(set) == true)
        {
            parameter.Schema = new OpenApiSchemaReference(set, document);
        }
    }
}
