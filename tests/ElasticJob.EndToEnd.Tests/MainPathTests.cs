using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>With a job that is due at the next minute, so that the minute passes while other tests run.</summary>
public sealed class MainPathPlatform : SharedPlatform
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Platform.ApplyAsync(Definitions.App(Folder) + Definitions.Job("ok-unix", "class: ok", "schedule: \"* * * * *\"\ntimeZone: Europe/Berlin"));
    }
}

public sealed class MainPathTests(MainPathPlatform shared) : IClassFixture<MainPathPlatform>
{
    private readonly Platform platform = shared.Platform;
    private readonly TestFolder folder = shared.Folder;

    private string App => Definitions.App(folder);

    [Theory]
    [InlineData("ok-quartz", "schedule: \"* * * * * ?\"")]
    [InlineData("ok-interval", "every: 1s")]
    [InlineData("ok-several", "schedule: [ \"0/2 * * * * ?\", \"1/2 * * * * ?\" ]")]
    public async Task Schedule_OfEachKind_RunsAndIsAnsweredInTheLedger(string job, string schedule)
    {
        await platform.ApplyAsync(App + Definitions.Job(job, "class: ok", schedule));
        JsonElement[] runs = await platform.Api.FinishedAsync(job, 3);
        runs.ShouldAllBe(r => r.GetProperty("outcome").GetString() == "succeeded");
        runs.ShouldAllBe(r => r.GetProperty("trigger").GetString() == "cron");
        string ledger = await platform.DemandAsync("job", "ledger", job);
        ledger.ShouldContain(runs[0].Text("id")!);
        (await platform.DemandAsync("job", "next", job, "-n", "3")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        await platform.DemandAsync("job", "remove", job);
    }

    [Fact]
    public async Task UnixSchedule_TellsItsDueTimes_AndFiresAtTheNextMinute()
    {
        string next = await platform.DemandAsync("job", "next", "ok-unix", "-n", "2");
        next.ShouldContain("in Europe/Berlin");
        JsonElement run = (await platform.Api.FinishedAsync("ok-unix", 1))[0];
        run.GetProperty("dueAt").GetDateTimeOffset().Second.ShouldBe(0);
        run.Text("outcome").ShouldBe("succeeded");
    }

    [Fact]
    public async Task Trigger_WithParameterAndShards_RunsThoseShardsAndTheirLogsCanBeRead()
    {
        await platform.ApplyAsync(App + Definitions.Job("ok-shards", "class: ok", "shards: { count: 3, parameters: { 0: Beijing, 1: Berlin, 2: Nairobi } }\nparameter: usual"));
        string shown = await platform.DemandAsync("job", "trigger", "ok-shards", "--parameter", "special", "--shards", "0,2", "--wait");
        shown.ShouldContain("succeeded");
        shown.ShouldContain("all done");
        JsonElement run = (await platform.Api.ListAsync("api/v1/jobs/ok-shards/runs"))[0];
        string logs = await platform.DemandAsync("run", "logs", run.Text("id")!);
        logs.ShouldContain("0 | shard 0 of 3 has 'Beijing' and 'special'");
        logs.ShouldContain("2 | shard 2 of 3 has 'Nairobi' and 'special'");
        logs.ShouldContain("Logged by shard 2");
        logs.ShouldNotContain("Berlin");
        string one = await platform.DemandAsync("run", "logs", run.Text("id")!, "--shard", "2");
        one.ShouldNotContain("Beijing");
    }

    [Fact]
    public async Task Runs_ThatAreFinished_TellTheirShardCount()
    {
        await platform.ApplyAsync(App + Definitions.Job("ok-count", "class: ok", "shards: 2"));
        await platform.DemandAsync("job", "trigger", "ok-count", "--wait");
        JsonElement[] runs = await Until.Async(
            () => platform.Api.ListAsync("api/v1/jobs/ok-count/runs"),
            r => r is [var only] && only.GetProperty("shardCount").GetInt32() == 2,
            "a run with two shards");
        runs[0].Text("outcome").ShouldBe("succeeded");
    }

    [Fact]
    public async Task Progress_OfARunningShard_IsVisible()
    {
        await platform.ApplyAsync(App + Definitions.Job("gated", "", "shards: 2"));
        string run = await platform.TriggerAsync("gated");
        await platform.Api.AtGateAsync(run, 2);
        string shown = await platform.DemandAsync("run", "show", run);
        shown.ShouldContain("50");
        shown.ShouldContain("at the gate");
        (await platform.DemandAsync("job", "why", "gated")).ShouldNotBeEmpty();
        (await platform.DemandAsync("cluster", "executors")).ShouldContain("app");
        folder.OpenGate();
        (await platform.Api.EndOfAsync(run)).Text("outcome").ShouldBe("succeeded");
        File.Delete(Path.Combine(folder.Witness, "open"));
    }

    [Fact]
    public async Task FailingJob_IsRetriedAsItsPolicySays_AndTellsTheReason()
    {
        await platform.ApplyAsync(App + Definitions.Job("failing", "", "policy: { retry: { attempts: 2, backoff: 10ms..20ms } }"));
        Ended ended = await platform.CliAsync("job", "trigger", "failing", "--wait");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain("the shop is closed");
        ended.Out.ShouldContain("about to fail");
        JsonElement run = (await platform.Api.ListAsync("api/v1/jobs/failing/runs"))[0];
        (await Until.Async(() => platform.Api.TasksAsync(run.Text("id")!), t => t.Length == 2, "two attempts")).ShouldAllBe(t => t.GetProperty("state").GetString() == "failed");
    }

    [Fact]
    public async Task HangingJob_ThatIsKilled_EndsAfterItsGrace()
    {
        await platform.ApplyAsync(App + Definitions.Job("hanging", "", "policy: { killGrace: 1s, retry: { attempts: 1 } }"));
        string run = await platform.TriggerAsync("hanging");
        await platform.Api.AtGateAsync(run);
        await platform.DemandAsync("run", "kill", run);
        (await platform.Api.EndOfAsync(run)).Text("outcome").ShouldBe("killed");
    }

    [Fact]
    public async Task IdleExecutor_IsShutDown()
    {
        await platform.ApplyAsync(Definitions.App(folder, "idleTimeout: 1s").Replace("name: app", "name: brief", StringComparison.Ordinal)
            + Definitions.Job("ok-brief", "class: ok").Replace("app: app", "app: brief", StringComparison.Ordinal));
        await platform.DemandAsync("job", "trigger", "ok-brief", "--wait");
        int process = folder.Lines().Last(l => l.Job == "ok-brief").Process;
        await Until.Async(
            () => platform.Api.ListAsync("api/v1/cluster/executors"),
            all => all.All(e => e.Text("app") != "brief"),
            "no executor of the app");
        await ProcessTable.GoneAsync(process);
    }

    [Fact]
    public async Task Apply_Again_IsUnchanged_AndADryRunStoresNothing()
    {
        string file = folder.Write("same.yaml", App + Definitions.Job("ok-same", "class: ok", "shards: 2"));
        string dry = await platform.DemandAsync("apply", "-f", file, "--dry-run");
        dry.ShouldContain("Dry run");
        dry.ShouldContain("+ Job ok-same");
        (await platform.CliAsync("job", "show", "ok-same")).Code.ShouldBe(1);
        (await platform.DemandAsync("apply", "-f", file)).ShouldContain("+ Job ok-same");
        (await platform.DemandAsync("apply", "-f", file)).ShouldContain("0 created, 0 changed, 2 unchanged");
        File.WriteAllText(file, File.ReadAllText(file).Replace("shards: 2", "shards: 3", StringComparison.Ordinal));
        string changed = await platform.DemandAsync("apply", "-f", file, "--dry-run");
        changed.ShouldContain("shards");
        changed.ShouldContain("2 → 3");
        (await platform.Api.GetAsync("api/v1/jobs/ok-same")).GetProperty("shards").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task Apply_WithFaults_IsRefusedWhole_WithEveryPath()
    {
        string file = folder.Write("faults.yaml", App + Definitions.Job("good-one", "class: ok") + """
            kind: Job
            name: bad-one
            app: app
            shcedule: "* * * * * ?"
            shards: { count: 2, parameters: { 5: nowhere } }
            policy: { retry: { attempts: none } }
            """);
        Ended ended = await platform.CliAsync("apply", "-f", file);
        ended.Code.ShouldBe(1, ended.All);
        ended.Error.ShouldContain("shcedule");
        ended.Error.ShouldContain("schedule");
        ended.Error.ShouldContain("shards.parameters.5");
        ended.Error.ShouldContain("policy.retry.attempts");
        (await platform.CliAsync("job", "show", "good-one")).Code.ShouldBe(1);
    }
}
