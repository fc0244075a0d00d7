using System.Text.Json.Nodes;
using ElasticJob.Chaos.App;
using ElasticJob.Chaos.Checking;
using ElasticJob.Chaos.Processes;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Chaos.Takeover;

/// <summary>Three schedulers whose calls to the master are witnessed, some jobs, and one that is due every second.</summary>
public sealed class WitnessedInstallation : IAsyncLifetime
{
    public const string Tick = "tick";

    private static readonly ChaosOptions Options = new(Seed: 1, TimeSpan.Zero) { Session = TimeSpan.FromSeconds(3), WitnessesCalls = true };
    private Installation installation = null!;
    private string yaml = "";

    /// <summary>Timeout of the schedulers' sessions.</summary>
    internal static TimeSpan Session => Options.Session;

    internal IReadOnlyList<SchedulerProcess> Schedulers => installation.Schedulers;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.StartAsync(Options, Cancellation);
        yaml = ChaosJobs.Yaml(20, installation.WitnessPath) + $$"""
            ---
            kind: Job
            name: {{Tick}}
            app: {{ChaosJobs.AppName}}
            type: class
            class: counted
            schedule: "* * * * * ?"
            parameter: "0"
            resources: { cpus: 0.001, memory: 1Mi }
            policy: { overlap: allow, misfire: fireAll, retry: { attempts: 3 } }
            """;
        await installation.UntilAsync(
            "api/v1/cluster/status", s => (bool?)s["connected"] == true && s["members"]!.AsArray().Count == Options.Schedulers, Options.Patience, Cancellation);
        await installation.UntilAsync("api/v1/apply", _ => true, Options.Patience, Cancellation, yaml);
        await TickedAsync(TimeProvider.System.GetUtcNow());
    }

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        Directory.Delete(installation.Folder, recursive: true);
    }

    /// <summary>All are up, and one leads: this one, in this epoch.</summary>
    internal async Task<(SchedulerProcess Leader, long Epoch)> LeaderAsync()
    {
        foreach (SchedulerProcess scheduler in Schedulers.Where(s => !s.Process.Runs))
        {
            scheduler.Process.Start();
        }

        JsonNode status = await installation.UntilAsync(
            "api/v1/cluster/status", s => (bool?)s["connected"] == true && s["members"]!.AsArray().Count == Options.Schedulers, Options.Patience, Cancellation);
        return (Schedulers.Single(s => s.Name == (string?)status["leader"]), (long)status["epoch"]!);
    }

    /// <summary>Waits until another one than this leads and is connected.</summary>
    internal async Task<(SchedulerProcess Leader, long Epoch)> OtherLeaderAsync(SchedulerProcess old)
    {
        JsonNode status = await installation.UntilAsync(
            "api/v1/cluster/status", s => (bool?)s["connected"] == true && (string?)s["leader"] is { } leader && leader != old.Name, Options.Patience, Cancellation);
        return (Schedulers.Single(s => s.Name == (string?)status["leader"]), (long)status["epoch"]!);
    }

    /// <summary>Waits until these are the members, in whatever order.</summary>
    internal Task MembersAsync(int count) =>
        installation.UntilAsync("api/v1/cluster/status", s => s["members"]!.AsArray().Count == count, Options.Patience, Cancellation);

    /// <summary>Waits until the tick that was due then has a run.</summary>
    internal Task TickedAsync(DateTimeOffset due) => installation.UntilAsync(
        $"api/v1/jobs/{Tick}/runs?limit=1", p => p["items"]!.AsArray() is [{ } newest, ..] && (DateTimeOffset)newest["dueAt"]! >= due, Options.Patience, Cancellation);

    /// <summary>Has a leader ask the master for all its tasks; it has committed so when this is done.</summary>
    internal Task ReconcileAsync(SchedulerProcess leader) => installation.PostAsync(leader, "api/operate/reconcile/implicit", Cancellation);

    /// <summary>Waits until a scheduler says this in its log.</summary>
    internal static async Task SaysAsync(SchedulerProcess scheduler, string words)
    {
        while (!scheduler.Log().Contains(words, StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancellation);
        }
    }

    /// <summary>Waits until what was due by now is done, and compares what all say.</summary>
    internal Task<Verdict> JudgeAsync() => ChaosRun.JudgeAsync(installation, yaml, TimeProvider.System.GetUtcNow(), Options.Patience, Cancellation);
}
