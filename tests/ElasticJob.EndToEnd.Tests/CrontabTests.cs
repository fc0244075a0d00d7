using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>With an imported crontab; its minute passes while the tests run.</summary>
public sealed class CrontabPlatform : SharedPlatform
{
    internal string Report { get; private set; } = "";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        string file = Folder.Write("crontab", """
            # m h dom mon dow command
            SHELL=/bin/sh
            MAILTO=ops@example.org
            GREETING="good morning"

            # Greets every minute
            * * * * * printf '%s\n' "$GREETING"
            # Text after the sign is the standard input
            30 6 * * mon-fri cat%first line%second line
            15 4 1 jan * date +\%Y
            @hourly wc -l < /dev/null
            @reboot echo started
            #0 0 * * * echo switched off
            """.Replace("printf '%s\\n'", "printf '\\%s\\n'", StringComparison.Ordinal));
        Report = await Platform.DemandAsync("import", "crontab", file, "--user");
    }
}

public sealed class CrontabTests(CrontabPlatform shared) : IClassFixture<CrontabPlatform>
{
    private readonly Platform platform = shared.Platform;

    [Fact]
    public void Import_ReportsEachLine()
    {
        shared.Report.ShouldContain("not carried");
        shared.Report.ShouldContain("@reboot");
        shared.Report.ShouldContain("cat");
    }

    [Fact]
    public async Task TextAfterPerCent_IsTheStandardInput() =>
        (await LogOfAsync("cat")).ShouldBe(["first line", "second line"]);

    [Fact]
    public async Task EscapedPerCent_IsAPerCentSign() =>
        (await LogOfAsync("date")).ShouldBe([TimeProvider.System.GetUtcNow().ToString("yyyy")]);

    [Fact]
    public async Task MinuteEntry_RunsByItself_WithItsVariables()
    {
        string job = await NameOfAsync("printf");
        JsonElement run = (await platform.Api.FinishedAsync(job, 1, r => r.Text("trigger") == "cron"))[0];
        run.Text("outcome").ShouldBe("succeeded");
        (await platform.DemandAsync("run", "logs", run.Text("id")!)).ShouldContain("good morning");
    }

    private async Task<string> NameOfAsync(string program) =>
        (await platform.Api.ListAsync("api/v1/jobs")).Select(j => j.Text("name")!).Single(n => n.StartsWith(program, StringComparison.Ordinal));

    private async Task<string[]> LogOfAsync(string program)
    {
        string job = await NameOfAsync(program);
        await platform.DemandAsync("job", "trigger", job, "--wait");
        JsonElement run = (await platform.Api.ListAsync($"api/v1/jobs/{job}/runs"))[0];
        return (await platform.DemandAsync("run", "logs", run.Text("id")!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
