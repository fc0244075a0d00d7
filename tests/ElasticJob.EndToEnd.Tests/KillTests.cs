using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class KillTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Executor_ThatIsKilled_IsReplaced_AndTheShardRunsAgainWithALargerFencingToken()
    {
        await using Platform platform = await Platform.StartAsync(folder.Data);
        await platform.ApplyAsync(Definitions.App(folder) + Definitions.Job("gated", "", "policy: { failover: true }"));
        string run = await platform.TriggerAsync("gated");
        await platform.Api.AtGateAsync(run);
        ProcessTable.KillNow(folder.Lines()[0].Process);
        await platform.Api.AtGateAsync(run, attempt: 2);
        folder.OpenGate();
        (await platform.Api.EndOfAsync(run)).Text("outcome").ShouldBe("succeeded");

        JsonElement[] tasks = await Until.Async(() => platform.Api.TasksAsync(run), t => t.Length == 2 && t.All(x => x.Text("endedAt") is not null), "two ended tasks");
        tasks.Select(t => t.GetProperty("attempt").GetInt32()).ShouldBe([1, 2]);
        long[] tokens = [.. tasks.Select(t => t.GetProperty("fencingToken").GetInt64())];
        tokens[1].ShouldBeGreaterThan(tokens[0]);
        tasks[0].Text("message").ShouldNotBeNullOrEmpty();
        tasks[0].ToString().ShouldContain("SIGKILL");
        folder.Lines().Where(l => l.What == "start").Select(l => (l.Attempt, l.Fencing)).ShouldBe([(1, tokens[0]), (2, tokens[1])]);
        folder.Lines().Where(l => l.What == "end").Select(l => l.Attempt).ShouldBe([2]);
    }

    [Fact]
    public async Task Platform_ThatIsKilledWhole_LosesNothingAndDoublesNothing()
    {
        string waiting;
        await using (Platform first = await Platform.StartAsync(folder.Data))
        {
            await StartWorkAsync(first);
            waiting = await first.TriggerAsync("gated");
            await first.Api.AtGateAsync(waiting, 2);
            await first.Api.FinishedAsync("ticks", 2);
            await first.KillEverythingAsync();
        }

        await using Platform second = await Platform.StartAsync(folder.Data);
        await GoesOnAsync(second, waiting);
        await second.InterruptAsync();
    }

    [Fact]
    public async Task UpAlone_ThatIsKilled_TakesItsClusterAndExecutorsAlong()
    {
        string waiting;
        await using (Platform first = await Platform.StartAsync(folder.Data))
        {
            await StartWorkAsync(first);
            waiting = await first.TriggerAsync("gated");
            await first.Api.AtGateAsync(waiting, 2);
            ProcessTable.KillNow(first.Process);
            await ProcessTable.NoneLeftAsync(folder.Data);
        }

        await using Platform second = await Platform.StartAsync(folder.Data);
        await GoesOnAsync(second, waiting);
    }

    [Fact]
    public async Task ClusterAlone_ThatIsKilled_EndsThePlatformWithAReason()
    {
        await using Platform platform = await Platform.StartAsync(folder.Data);
        await StartWorkAsync(platform);
        await platform.Api.FinishedAsync("ticks", 1);
        ProcessTable.KillNow(platform.Cluster);
        await ProcessTable.GoneAsync(platform.Process);
        platform.Output.ShouldContain("The local cluster ended by itself");
        platform.Output.ShouldContain("local-cluster.log");
        await ProcessTable.NoneLeftAsync(folder.Data);
    }

    /// <summary>As from <c>timeout</c>, which signals its child and then the group, and from an impatient user: executors are alive, and some are starting.</summary>
    [Theory]
    [InlineData("terminate", 0)]
    [InlineData("interrupt", 1)]
    public async Task Platform_ThatIsToldToEndTwice_LeavesNoProcess(string how, int code)
    {
        await using Platform platform = await Platform.StartAsync(folder.Data);
        await StartWorkAsync(platform);
        await platform.Api.AtGateAsync(await platform.TriggerAsync("gated"), 2);
        await platform.ApplyAsync(Scripts() + string.Concat(Enumerable.Range(0, 4).Select(n => Script($"long{n}", "sleep 1000 & setsid sleep 1000 & wait"))));
        for (int n = 0; n < 4; n++)
        {
            await platform.TriggerAsync($"long{n}");
        }

        Action<int> send = how == "interrupt" ? ProcessTable.InterruptGroup : ProcessTable.TerminateGroup;
        send(platform.Process);
        send(platform.Process);
        await platform.EndAsync();
        await ProcessTable.NoneLeftAsync(folder.Data);
        platform.ExitCode.ShouldBeOneOf(0, code);
    }

    /// <summary>A script has a session of its own, and what it starts may have another: no signal to the executor's group reaches them.</summary>
    [Fact]
    public async Task ScriptExecutor_ThatIsKilled_TakesItsScriptsAndTheirChildrenAlong()
    {
        await using Platform platform = await Platform.StartAsync(folder.Data);
        await platform.ApplyAsync(Scripts() + Script("long", "sleep 1000 & setsid sleep 1000 & wait"));
        string run = await platform.TriggerAsync("long");
        int[] sleeping = await Until.Async(() => Task.FromResult(Running("sleep 1000")), found => found.Length == 2, "two children of the script");
        ProcessTable.KillNow(Running("elasticjob executor").ShouldHaveSingleItem());
        foreach (int child in sleeping)
        {
            await ProcessTable.GoneAsync(child);
        }

        (await platform.Api.EndOfAsync(run)).Text("outcome").ShouldNotBe("succeeded");
    }

    private int[] Running(string command) =>
        [.. ProcessTable.Of(folder.Data).Where(p => ProcessTable.CommandLine(p).EndsWith(command, StringComparison.Ordinal))];

    private string Scripts()
    {
        string package = folder.Folder("scripts");
        File.WriteAllText(Path.Combine(package, "note"), "Scripts need a package, if only for their working directory.");
        return $$"""
            kind: App
            name: scripts
            package: {{package}}
            ---

            """;
    }

    private static string Script(string name, string script) => $$"""
        kind: Job
        name: {{name}}
        app: scripts
        type: script
        script: {{script}}
        resources: { cpus: 0.05, memory: 16Mi }
        policy: { failover: false }
        ---

        """;

    private async Task StartWorkAsync(Platform platform) => await platform.ApplyAsync(
        Definitions.App(folder)
        + Definitions.Job("ticks", "class: ok", "schedule: \"* * * * * ?\"\npolicy: { misfire: fireAll, overlap: allow }")
        + Definitions.Job("gated", "", "shards: 2"));

    private async Task GoesOnAsync(Platform platform, string waiting)
    {
        DateTimeOffset back = TimeProvider.System.GetUtcNow();
        folder.OpenGate();
        (await platform.Api.EndOfAsync(waiting)).Text("outcome").ShouldBe("succeeded");
        await Ledger.AnsweredBeyondAsync(platform.Api, "ticks", back);

        JsonElement[] lines = await Account.AgreesAsync(platform.Api, folder, "ticks", back);
        lines.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.GetProperty("outcome").GetString() == "succeeded");
        folder.Lines().Where(l => l.What == "end").Select(l => (l.Run, l.Shard)).Where(l => l.Run == waiting).ShouldBe([(waiting, 0), (waiting, 1)], ignoreOrder: true);
    }
}
