using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.EndToEnd.Tests;

public sealed class PackageTests(SharedPlatform shared) : IClassFixture<SharedPlatform>
{
    private readonly Platform platform = shared.Platform;
    private readonly TestFolder folder = shared.Folder;

    [Fact]
    public async Task Package_AsTarGz_Runs()
    {
        string file = Archives.TarGz(folder, Built.App);
        await RunsAsync("tar", $"package: {file}\nchecksum: {Archives.Checksum(file)}");
    }

    [Fact]
    public async Task Package_AsZipByFileAddress_Runs() => await RunsAsync("zip", $"package: file://{Archives.Zip(folder, Built.App)}");

    [Fact]
    public async Task Package_OverHttp_Runs()
    {
        string file = Archives.TarGz(folder, Built.App, "served.tar.gz");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication server = builder.Build();
        server.MapGet("/app.tar.gz", () => Results.File(file, "application/gzip"));
        await server.StartAsync(TestContext.Current.CancellationToken);
        await RunsAsync("http", $"package: {server.Urls.First()}/app.tar.gz\nchecksum: {Archives.Checksum(file)}");
    }

    [Fact]
    public async Task Folder_ThatChanged_IsANewExecutor_AndTheOldOneFinishesItsTask()
    {
        string own = folder.Folder("own");
        foreach (string file in Directory.EnumerateFiles(Built.App))
        {
            File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
        }

        string definitions = AppIn("changing", $"package: {own}")
            + Definitions.Job("gated").Replace("app: app", "app: changing", StringComparison.Ordinal)
            + Definitions.Job("changing-ok", "class: ok").Replace("app: app", "app: changing", StringComparison.Ordinal);
        await platform.ApplyAsync(definitions);
        string old = await platform.TriggerAsync("gated");
        await platform.Api.AtGateAsync(old);
        (await platform.ApplyAsync(definitions)).ShouldContain("0 created, 0 changed");

        await File.WriteAllTextAsync(Path.Combine(own, "new.txt"), "a file more", TestContext.Current.CancellationToken);
        (await platform.ApplyAsync(definitions)).ShouldContain("~ App changing");
        await platform.DemandAsync("job", "trigger", "changing-ok", "--wait");
        int before = folder.Lines().Last(l => l.Job == "gated").Process;
        folder.Lines().Last(l => l.Job == "changing-ok").Process.ShouldNotBe(before);
        ProcessTable.Lives(before).ShouldBeTrue();

        folder.OpenGate();
        (await platform.Api.EndOfAsync(old)).Text("outcome").ShouldBe("succeeded");
        folder.Lines().Where(l => l.Run == old).Select(l => (l.What, l.Attempt, l.Process)).ShouldBe([("start", 1, before), ("end", 1, before)]);
        await ProcessTable.GoneAsync(before);
    }

    private async Task RunsAsync(string name, string package)
    {
        await platform.ApplyAsync(AppIn(name, package) + Definitions.Job($"{name}-ok", "class: ok").Replace("app: app", $"app: {name}", StringComparison.Ordinal));
        (await platform.DemandAsync("job", "trigger", $"{name}-ok", "--wait")).ShouldContain("succeeded");
    }

    private string AppIn(string name, string package) =>
        Definitions.App(folder).Replace("name: app", $"name: {name}", StringComparison.Ordinal).Replace($"package: {Built.App}", package, StringComparison.Ordinal);
}
