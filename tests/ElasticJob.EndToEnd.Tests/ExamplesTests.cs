using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class ExamplesTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task AccessLogs_InFourShards_CountsWhatStandardToolsCount()
    {
        string logs = folder.Folder("logs");
        string database = Path.Combine(folder.Path, "statistics.db");
        string example = Built.Example("AccessLogs");
        await Program.DemandAsync("dotnet", Path.Combine(example, "AccessLogs.dll"), "generate", "--files", "8", "--lines", "500", "--seed", "7", "--out", logs);
        await using Platform platform = await Platform.StartAsync(folder.Data);
        await platform.ApplyAsync($$"""
            kind: App
            name: access-logs
            package: {{example}}
            command: dotnet AccessLogs.dll
            environment: { ACCESS_LOGS: {{logs}}, ACCESS_LOGS_DB: {{database}} }
            resources: { cpus: 0.1, memory: 128Mi }
            ---
            kind: Job
            name: access-logs
            app: access-logs
            streaming: true
            shards: 4
            resources: { cpus: 0.1, memory: 32Mi }
            """);
        (await platform.DemandAsync("job", "trigger", "access-logs", "--wait")).ShouldContain("succeeded");
        string check = Path.Combine(Built.Root, "examples", "AccessLogs", "check.sh");
        (await Program.DemandAsync("sh", check, logs, database)).ShouldStartWith("equal: 4000 requests");

        // Once more: what is counted stays counted once.
        await platform.DemandAsync("job", "trigger", "access-logs", "--wait");
        (await Program.DemandAsync("sh", check, logs, database)).ShouldStartWith("equal: 4000 requests");
    }

    [Fact]
    public async Task HelloShards_RunHere_PrintsItsShard()
    {
        Ended ended = await RunAsync(
            Path.Combine(Built.Example("HelloShards"), "HelloShards.dll"), "run", "hello-shards", "--shard", "1", "--shards", "3", "--parameter", "Hello", "--shard-parameter", "Berlin");
        ended.Code.ShouldBe(0, ended.All);
        ended.Out.ShouldContain("Hello, Berlin! (shard 1 of 3, step 5)");
        ended.Out.ShouldContain("Finished: hello-shards, shard 1 of 3");
    }

    [Fact]
    public async Task Run_OfAFailingJobHere_HasExitCodeOne()
    {
        Ended ended = await RunAsync(Path.Combine(Built.App, "ElasticJob.EndToEnd.App.dll"), "run", "failing");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain("the shop is closed");
    }

    [Fact]
    public async Task Run_OfAJobThatIsNotThere_HasExitCodeTwoAndNamesThoseThatAre()
    {
        Ended ended = await RunAsync(Path.Combine(Built.Example("HelloShards"), "HelloShards.dll"), "run", "goodbye");
        ended.Code.ShouldBe(2, ended.All);
        ended.Error.ShouldContain("hello-shards");
    }

    private static Task<Ended> RunAsync(params string[] arguments) => Program.RunAsync("dotnet", arguments);
}
