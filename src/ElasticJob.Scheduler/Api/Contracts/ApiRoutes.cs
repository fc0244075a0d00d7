namespace ElasticJob.Scheduler.Api.Contracts;

/// <summary>The addresses of the REST API; names are escaped here and nowhere else.</summary>
public static class ApiRoutes
{
    /// <summary>Prefix of the API.</summary>
    public const string Prefix = "/api/v1";

    /// <summary><c>POST</c> many documents, YAML or JSON.</summary>
    public const string Apply = Prefix + "/apply";

    /// <summary>All definitions, in the form that <see cref="Apply"/> takes.</summary>
    public const string Definitions = Prefix + "/definitions";

    /// <summary><c>POST</c> documents to have them checked.</summary>
    public const string Validate = Prefix + "/validate";

    /// <summary>The next due times of schedules that belong to no job; <c>?schedule=</c>, <c>?every=</c>, <c>?timeZone=</c>.</summary>
    public const string NextOfSchedules = Prefix + "/schedules/next";

    /// <summary><c>POST</c> a crontab to see what would become of it; <c>?userFormat=</c>, <c>?app=</c>, <c>?timeZone=</c>.</summary>
    public const string ImportCrontab = Prefix + "/import/crontab";

    /// <summary>The apps.</summary>
    public const string Apps = Prefix + "/apps";

    /// <summary>The jobs.</summary>
    public const string Jobs = Prefix + "/jobs";

    /// <summary>The runs, newest first.</summary>
    public const string Runs = Prefix + "/runs";

    /// <summary>The events.</summary>
    public const string Events = Prefix + "/events";

    /// <summary>The events as they happen (Server-Sent Events).</summary>
    public const string EventStream = Prefix + "/events/stream";

    /// <summary>The own session: <c>POST</c> to sign in, <c>GET</c> for who one is, <c>DELETE</c> to sign out.</summary>
    public const string Session = Prefix + "/session";

    /// <summary><c>PUT</c> a <see cref="PasswordRequest"/>.</summary>
    public const string Password = Session + "/password";

    /// <summary><c>POST</c> for a one-time sign-in link.</summary>
    public const string Links = Session + "/links";

    /// <summary>The users.</summary>
    public const string Users = Prefix + "/users";

    /// <summary>The API tokens.</summary>
    public const string Tokens = Prefix + "/tokens";

    /// <summary>The audit log, newest first.</summary>
    public const string Audit = Prefix + "/audit";

    /// <summary>Finished runs, counted.</summary>
    public const string RunStatistics = Prefix + "/statistics/runs";

    /// <summary>Prefix of what is known of the cluster: <c>status</c>, <c>agents</c>, <c>executors</c>, <c>offers</c>.</summary>
    public const string Cluster = Prefix + "/cluster";

    /// <summary>One app.</summary>
    public static string App(string name) => $"{Apps}/{Uri.EscapeDataString(name)}";

    /// <summary><c>POST</c> to let an app's jobs start.</summary>
    public static string EnableApp(string name) => App(name) + "/enable";

    /// <summary><c>POST</c> to keep an app's jobs from starting.</summary>
    public static string DisableApp(string name) => App(name) + "/disable";

    /// <summary>One user.</summary>
    public static string User(string name) => $"{Users}/{Uri.EscapeDataString(name)}";

    /// <summary>One token, to revoke it.</summary>
    public static string Token(string id) => $"{Tokens}/{Uri.EscapeDataString(id)}";

    /// <summary>One job.</summary>
    public static string Job(string name) => $"{Jobs}/{Uri.EscapeDataString(name)}";

    /// <summary><c>POST</c> to let a job start.</summary>
    public static string EnableJob(string name) => Job(name) + "/enable";

    /// <summary><c>POST</c> to keep a job from starting.</summary>
    public static string DisableJob(string name) => Job(name) + "/disable";

    /// <summary><c>POST</c> a <see cref="TriggerRequest"/>.</summary>
    public static string TriggerJob(string name) => Job(name) + "/trigger";

    /// <summary>Runs of a job, newest first.</summary>
    public static string JobRuns(string name) => Job(name) + "/runs";

    /// <summary>Due times of a job and what answered them.</summary>
    public static string JobLedger(string name) => Job(name) + "/ledger";

    /// <summary>The next due times of a job.</summary>
    public static string JobNext(string name) => Job(name) + "/next";

    /// <summary>Why a job does not run now.</summary>
    public static string JobWhy(string name) => Job(name) + "/why";

    /// <summary>One run.</summary>
    public static string Run(string id) => $"{Runs}/{Uri.EscapeDataString(id)}";

    /// <summary>The tasks of a run: every attempt at every shard.</summary>
    public static string RunTasks(string id) => Run(id) + "/tasks";

    /// <summary>The log of a task; <c>?offset=</c>, <c>?tail=</c>, <c>?follow=true</c>.</summary>
    public static string TaskLog(string run, string task) => $"{RunTasks(run)}/{Uri.EscapeDataString(task)}/log";

    /// <summary><c>POST</c> a <see cref="KillRequest"/>.</summary>
    public static string KillRun(string id) => Run(id) + "/kill";

    /// <summary><c>POST</c> a <see cref="DeclareLostRequest"/>.</summary>
    public static string DeclareLost(string id) => Run(id) + "/declare-lost";
}
