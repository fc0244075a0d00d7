using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class BadAppsTests(SharedPlatform shared) : IClassFixture<SharedPlatform>
{
    private readonly Platform platform = shared.Platform;
    private readonly TestFolder folder = shared.Folder;

    [Fact]
    public async Task Archive_ThatIsMissing_IsNamed() =>
        (await RefusalAsync("package: /nowhere/app.tar.gz")).ShouldContain("There is no file or folder /nowhere/app.tar.gz");

    [Fact]
    public async Task Archive_AtAnAddressWhereNothingAnswers_IsNamed() =>
        (await RefusalAsync("package: http://127.0.0.1:9/app.tar.gz")).ShouldContain("http://127.0.0.1:9/app.tar.gz");

    [Theory]
    [InlineData("noise.tar.gz", false)]
    [InlineData("cut.tar.gz", true)]
    public async Task Archive_ThatIsDamaged_IsRefused(string name, bool cut)
    {
        string file = cut ? Archives.TarGz(folder, Built.App, name) : folder.Write(name, "this is no archive");
        if (cut)
        {
            using FileStream open = File.OpenWrite(file);
            open.SetLength(open.Length / 2);
        }

        (await RefusalAsync($"package: {file}")).ShouldContain(name);
    }

    [Fact]
    public async Task Archive_WithAnotherChecksum_IsRefusedWithBothChecksums()
    {
        string file = Archives.TarGzWith(folder, "good.txt");
        string wrong = "sha256:" + new string('0', 64);
        string refusal = await RefusalAsync($"package: {file}\nchecksum: {wrong}");
        refusal.ShouldContain(Archives.Checksum(file));
        refusal.ShouldContain(wrong);
    }

    [Fact]
    public async Task Archive_ThatWritesOutsideItsFolder_IsRefused()
    {
        (await RefusalAsync($"package: {Archives.TarGzWith(folder, "../../evil.txt")}")).ShouldContain("../../evil.txt");
        (await RefusalAsync($"package: {Archives.ZipWith(folder, "../../evil.txt")}")).ShouldContain("../../evil.txt");
        Directory.EnumerateFiles(folder.Path, "evil.txt", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("absent", "./nothing-here", "nothing-here")]
    [InlineData("no-executor", "echo I am no executor", "executor")]
    public async Task Command_ThatIsNoExecutor_FailsTheRunWithAReason(string name, string command, string reason)
    {
        await platform.ApplyAsync($$"""
            kind: App
            name: {{name}}
            package: {{Built.App}}
            command: {{command}}
            ---
            kind: Job
            name: {{name}}
            app: {{name}}
            policy: { retry: { attempts: 1 }, failover: false }
            """);
        Ended ended = await platform.CliAsync("job", "trigger", name, "--wait");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain(reason);
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_DoesNotKeepARunWithFailoverForEver()
    {
        await platform.ApplyAsync($$"""
            kind: App
            name: absent-again
            package: {{Built.App}}
            command: ./nothing-here
            ---
            kind: Job
            name: absent-again
            app: absent-again
            policy: { retry: { attempts: 2, backoff: 10ms..20ms } }
            """);
        Ended ended = await platform.CliAsync("job", "trigger", "absent-again", "--wait");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain("nothing-here");
    }

    [Fact]
    public async Task JobClass_ThatTheAppDoesNotHave_FailsTheRunAndListsThoseThatItHas()
    {
        await platform.ApplyAsync(Definitions.App(folder) + Definitions.Job("unknown-class", "class: okay", "policy: { retry: { attempts: 1 } }"));
        Ended ended = await platform.CliAsync("job", "trigger", "unknown-class", "--wait");
        ended.Code.ShouldBe(1, ended.All);
        ended.Out.ShouldContain("no job class 'okay'");
        ended.Out.ShouldContain("failing, gated, hanging, my_job, ok");
    }

    [Theory]
    [InlineData("schedule: \"0 0 0 31 2 ?\"", "schedule", "never fires")]
    [InlineData("schedule: \"61 * * * * ?\"", "schedule", "61")]
    [InlineData("shards: 0", "shards", "1")]
    [InlineData("shards: 100000", "shards", "the most shards a job may have is")]
    [InlineData("shards: { count: 3, parameters: { 3: Rome } }", "shards.parameters.3", "with count 3 they are 0 to 2")]
    public async Task Definition_ThatCannotBeMeant_IsRefusedWithPathAndReason(string line, string path, string reason)
    {
        Ended ended = await platform.CliAsync(Definitions.App(folder) + Definitions.Job("odd", "class: ok", line), ["apply", "-f", "-"]);
        ended.Code.ShouldBe(1, ended.All);
        ended.Error.ShouldContain(path);
        ended.Error.ShouldContain(reason);
        (await platform.CliAsync("job", "show", "odd")).Code.ShouldBe(1);
    }

    private async Task<string> RefusalAsync(string package)
    {
        Ended ended = await platform.CliAsync($"kind: App\nname: bad\n{package}\ncommand: ./app\n", ["apply", "-f", "-"]);
        ended.Code.ShouldBe(1, ended.All);
        ended.Error.ShouldNotContain("   at ");
        (await platform.CliAsync("app", "show", "bad")).Code.ShouldBe(1);
        return ended.Error;
    }
}
