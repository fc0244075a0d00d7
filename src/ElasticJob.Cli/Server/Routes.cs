namespace ElasticJob.Cli.Server;

/// <summary>Addresses of the REST API, relative to the scheduler's; names are escaped here and nowhere else.</summary>
internal static class Routes
{
    public const string Apps = "api/v1/apps";
    public const string Jobs = "api/v1/jobs";
    public const string Runs = "api/v1/runs";
    public const string Cluster = "api/v1/cluster";
    public const string Events = "api/v1/events";
    public const string Session = "api/v1/session";
    public const string Password = Session + "/password";
    public const string Links = Session + "/links";
    public const string Users = "api/v1/users";
    public const string Tokens = "api/v1/tokens";
    public const string Audit = "api/v1/audit";

    public static string Apply(bool dryRun) => "api/v1/apply" + (dryRun ? "?dryRun=true" : "");

    public static string App(string name, string? verb = null) => With(Apps, name, verb);

    public static string Job(string name, string? verb = null) => With(Jobs, name, verb);

    public static string Run(string id, string? verb = null) => With(Runs, id, verb);

    public static string User(string name) => With(Users, name, null);

    public static string Token(string id) => With(Tokens, id, null);

    public static string Log(string run, string task, bool follow) =>
        $"{Run(run)}/tasks/{Uri.EscapeDataString(task)}/log" + (follow ? "?follow=true" : "");

    private static string With(string group, string name, string? verb) =>
        $"{group}/{Uri.EscapeDataString(name)}" + (verb is null ? "" : $"/{verb}");
}
