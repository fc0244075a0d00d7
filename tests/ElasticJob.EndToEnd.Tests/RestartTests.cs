using System.Text.Json;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class RestartTests : IDisposable
{
    private const string EverySecond = "schedule: \"* * * * * ?\"\npolicy: {{ misfire: {0}, overlap: allow }}";
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Interrupt_EndsEveryProcess_AndTheNextStartGoesOn()
    {
        string waiting;
        await using (Platform first = await Platform.StartAsync(folder.Data))
        {
            await first.ApplyAsync(
                Definitions.App(folder)
                + Definitions.Job("once", "class: ok", string.Format(EverySecond, "fireOnce"))
                + Definitions.Job("skips", "class: ok", string.Format(EverySecond, "skip"))
                + Definitions.Job("gated"));
            waiting = await first.TriggerAsync("gated");
            await first.Api.AtGateAsync(waiting);
            await first.Api.FinishedAsync("once", 2);
            await first.Api.FinishedAsync("skips", 2);
            ProcessTable.Of(folder.Data).Count.ShouldBeGreaterThanOrEqualTo(3, "scheduler, cluster and an executor");
            await first.InterruptAsync();
            first.Output.ShouldContain("Ending");
        }

        DateTimeOffset ended = TimeProvider.System.GetUtcNow();
        await Until.TrueAsync(() => TimeProvider.System.GetUtcNow() > ended + TimeSpan.FromSeconds(7), "due times pass that are more than five seconds late at the next start");

        await using Platform second = await Platform.StartAsync(folder.Data);
        await Until.TrueAsync(() => second.Output.Contains("once: ", StringComparison.Ordinal), "what was caught up is told", () => second.Output);
        second.Output.ShouldMatch(@"once: .* due times? passed while the platform was down.* caught up in 1 run");
        second.Output.ShouldMatch(@"skips: .* due times? passed while the platform was down.* skipped \(");
        folder.OpenGate();
        (await second.Api.EndOfAsync(waiting)).Text("outcome").ShouldBe("succeeded");
        foreach (string job in new[] { "once", "skips" })
        {
            await Ledger.AnsweredBeyondAsync(second.Api, job, TimeProvider.System.GetUtcNow());
            JsonElement[] lines = await Ledger.ShouldHaveNoHoleAsync(second.Api, job);
            if (job == "skips")
            {
                lines.ShouldContain(e => e.Text("answer") == "skipped");
            }
        }

        await second.InterruptAsync();
    }
}
