using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>The clock of a real platform is set back and forward, through libfaketime; the monotonic clock goes on, as on a real machine.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Clock_SetBackAnHour_RepeatsNothing_AndWhatRunsGoesOn()
    {
        string offset = folder.Write("offset", "+0");
        await using Platform platform = await StartAsync(offset);
        await platform.ApplyAsync(
            Definitions.App(folder)
            + Definitions.Job("cron", "class: ok", "schedule: \"* * * * * ?\"\npolicy: { overlap: allow }")
            + Definitions.Job("interval", "class: ok", "every: 1s\npolicy: { overlap: allow }")
            + Definitions.Job("gated"));
        string gated = await platform.TriggerAsync("gated");
        await platform.Api.AtGateAsync(gated);
        await platform.Api.FinishedAsync("cron", 2);
        await platform.Api.FinishedAsync("interval", 2);

        File.WriteAllText(offset, "-1h");
        DateTimeOffset longAgo = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(30);
        bool Earlier(JsonElement run) => run.GetProperty("dueAt").GetDateTimeOffset() < longAgo;

        // An interval goes on from now, a request is served, a run ends; a time of day that was already answered is not answered again.
        await platform.Api.FinishedAsync("interval", 2, Earlier);
        await platform.DemandAsync("job", "trigger", "cron", "--wait");
        folder.OpenGate();
        (await platform.Api.EndOfAsync(gated)).Text("outcome").ShouldBe("succeeded");
        (await platform.Api.ListAsync("api/v1/jobs/cron/runs?limit=100")).Where(Earlier).ShouldAllBe(r => r.GetProperty("trigger").GetString() == "manual");

        File.WriteAllText(offset, "+0");
        await Ledger.AnsweredBeyondAsync(platform.Api, "cron", TimeProvider.System.GetUtcNow());
        await Ledger.ShouldHaveNoHoleAsync(platform.Api, "cron");
        folder.Lines().Where(l => l.What == "start").Select(l => (l.Run, l.Shard)).ShouldBeUnique();
    }

    [Fact]
    public async Task Clock_SetForwardTenMinutes_AnswersEachDueTimeInBetweenOnce()
    {
        string offset = folder.Write("offset", "+0");
        await using Platform platform = await StartAsync(offset);
        await platform.ApplyAsync(
            Definitions.App(folder)
            + Definitions.Job("once", "class: ok", "schedule: \"* * * * * ?\"\npolicy: { overlap: allow, misfire: fireOnce, catchUpWindow: 1h }"));
        await platform.Api.FinishedAsync("once", 1);

        File.WriteAllText(offset, "+600s");
        DateTimeOffset then = TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(10);
        await Ledger.AnsweredBeyondAsync(platform.Api, "once", then);
        await Ledger.ShouldHaveNoHoleAsync(platform.Api, "once");
        await platform.Api.FinishedAsync("once", 1, r => r.GetProperty("trigger").GetString() == "misfire");
        folder.Lines().Where(l => l.What == "start").Select(l => (l.Run, l.Shard)).ShouldBeUnique();
    }

    private Task<Platform> StartAsync(string offset) => Platform.StartAsync(folder.Data, new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library(),
        ["FAKETIME_TIMESTAMP_FILE"] = offset,
        ["FAKETIME_NO_CACHE"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",
    });

    /// <summary>Beside the machine's own libraries; a search through all of them may follow links in circles.</summary>
    private static string Library() =>
        Directory.EnumerateDirectories("/usr/lib").Append("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("libfaketime is missing: apt-get install faketime");
}
