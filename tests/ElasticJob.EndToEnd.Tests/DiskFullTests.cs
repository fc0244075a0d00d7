using System.Net;
using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class DiskFullTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Disk_ThatFillsWhileRunning_IsReported_AndAfterwardsEveryDueTimeIsAnswered()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(folder, 24);
        await using Platform platform = await Platform.StartAsync(disk.Data);
        await platform.ApplyAsync("""
            kind: App
            name: app
            ---
            kind: Job
            name: ticks
            app: app
            type: script
            script: echo tick
            schedule: "* * * * * ?"
            policy: { misfire: fireAll, overlap: allow, retry: { attempts: 5, backoff: 100ms..1s } }
            resources: { cpus: 0.05, memory: 16Mi }
            """);
        await platform.Api.FinishedAsync("ticks", 1);

        disk.Fill();
        (HttpStatusCode Status, JsonElement Body) ready = await Until.Async(
            () =>
            {
                disk.Fill();
                return platform.Api.TryAsync(HttpMethod.Get, "healthz/ready");
            },
            answer => answer.Status == HttpStatusCode.ServiceUnavailable,
            "not ready");
        ready.Body.ToString().ShouldContain("no room left");
        (HttpStatusCode status, JsonElement problem) = await platform.Api.TryAsync(HttpMethod.Post, "api/v1/jobs/ticks/trigger", new { });
        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        problem.Text("code").ShouldBe("unavailable");
        problem.Text("detail").ShouldNotBeNull().ShouldContain("no room left");
        Ended trigger = await platform.CliAsync("job", "trigger", "ticks");
        trigger.Code.ShouldBe(3, trigger.All);
        trigger.Error.ShouldContain("no room left");
        await Until.TrueAsync(() => platform.Output.Contains("no room left", StringComparison.Ordinal), "the terminal says so", () => platform.Output);

        disk.Free();
        await Until.Async(() => platform.Api.TryAsync(HttpMethod.Get, "healthz/ready"), answer => answer.Status == HttpStatusCode.OK, "ready again");
        DateTimeOffset back = TimeProvider.System.GetUtcNow();
        await Ledger.AnsweredBeyondAsync(platform.Api, "ticks", back);
        JsonElement[] lines = await Until.Async(
            () => Ledger.ShouldHaveNoHoleAsync(platform.Api, "ticks"),
            all => all.Where(l => l.GetProperty("dueAt").GetDateTimeOffset() < back).All(l => l.Text("outcome") is not null),
            "the end of every run");
        lines.Where(l => l.Text("outcome") is not null).ShouldAllBe(l => l.GetProperty("outcome").GetString() == "succeeded");
    }

    [Fact]
    public async Task Disk_ThatIsFullAtTheStart_IsTheReasonOfTheRefusal()
    {
        await using SmallDisk disk = await SmallDisk.MountAsync(folder, 4);
        disk.Fill();
        Ended ended = await Platform.RefusedAsync(disk.Data, "--port", "0");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain("Free some space");
        ended.Out.ShouldNotContain("   at ");
    }
}
