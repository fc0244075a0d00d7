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
