using System.Text;
using System.Text.Json.Nodes;
using ElasticJob.Scheduler.Api.Contracts;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>A crontab over HTTP: looked at, and then stored as what was shown.</summary>
public sealed class ImportApiTests
{
    private const string Crontab = """
        # Tidies up
        CRON_TZ=Europe/Berlin
        30 4 * * 1 tidy --all
        99 * * * * never
        @reboot start
        */5 * * * * check
        """;

    [Fact]
    public async Task Crontab_IsReportedLineByLine_AndWhatIsAnsweredCanBeStored()
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        JsonNode answer = await PostAsync(host, "?userFormat=true&app=cron&timeZone=Asia/Tokyo", Crontab, 200);
        ((string?)answer["format"], (string?)answer["timeZone"]).ShouldBe(("without a user column, as userFormat says", "Asia/Tokyo"));
        answer["lines"]!.AsArray().Select(l => ((int)l!["line"]!, (string?)l["job"], (bool)l["carried"]!))
            .ShouldBe([(2, null, true), (3, "tidy", true), (4, null, false), (5, null, false), (6, "check", true)]);
        ((string?)answer["lines"]![2]!["remarks"]![0]).ShouldNotBeNull().ShouldContain("minute '99'");
        answer["definitions"]!.AsArray().Select(d => (string?)d!["name"]).ShouldBe(["cron", "tidy", "check"]);
        ((string?)answer["definitions"]![1]!["timeZone"]).ShouldBe("Europe/Berlin");
        answer["conflicts"]!.AsArray().ShouldBeEmpty();

        (await host.Local.PostAsync(ApiRoutes.Apply, answer["definitions"]!.ToJsonString())).Is(200);
        JsonNode other = await PostAsync(host, "?userFormat=true&app=other", Crontab, 200);
        other["conflicts"]!.AsArray().Select(c => (string?)c).ShouldBe(["tidy belongs to app cron", "check belongs to app cron"]);
    }

    [Theory]
    [InlineData("?app=no%20name", 422, "app: ")]
    [InlineData("?timeZone=Mars/Olympus", 422, "timeZone: 'Mars/Olympus' is not a known time zone")]
    [InlineData("?userFormat=maybe", 400, "userFormat")]
    public async Task Crontab_BadQuestion_IsRefusedWithItsPlace(string query, int status, string message)
    {
        await using PlatformHost host = await PlatformHost.StartAsync();
        ((string?)(await PostAsync(host, query, "", status))["detail"]).ShouldNotBeNull().ShouldContain(message);
    }

    private static async Task<JsonNode> PostAsync(PlatformHost host, string query, string text, int status)
    {
        using var body = new StringContent(text, Encoding.UTF8, "text/plain");
        using HttpResponseMessage answer = await host.Local.PostAsync(ApiRoutes.ImportCrontab + query, body, TestContext.Current.CancellationToken);
        string said = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status, said);
        return JsonNode.Parse(said)!;
    }
}
