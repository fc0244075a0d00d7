using System.Text.Json.Nodes;

namespace ElasticJob.Cli.Tests.Commands;

/// <summary>What <c>job why</c> and <c>job ledger</c> say to people.</summary>
public sealed class JobHistoryTests
{
    [Fact]
    public async Task Why_ShardsThatWaitAlike_AreOneLine()
    {
        string waits = string.Join(',', Enumerable.Range(0, 400).Select(i =>
            $$"""{"run":"a@1","shard":{{i}},"reason":"noOffers","message":"waits for offers; position 8 in the queue"}"""));
        (await WhyAsync(waits)).ShouldBe(["1 run waits.", "  a@1 shards 0–399: waits for offers; position 8 in the queue (noOffers)"]);
    }

    [Fact]
    public async Task Why_ShardsThatWaitForDifferentThings_AreNamedWithEach()
    {
        string[] lines = await WhyAsync("""
            {"run":"a@1","shard":0,"reason":"refused","message":"no offer fits","refusals":["h1: cpus 1 < 4"]},
            {"run":"a@1","shard":1,"reason":"executorStarting","message":"task t was launched"},
            {"run":"a@1","shard":2,"reason":"refused","message":"no offer fits","refusals":["h1: cpus 1 < 4"]},
            {"run":"a@1","shard":4,"reason":"refused","message":"no offer fits","refusals":["h1: cpus 1 < 4"]},
            {"run":"a@1","shard":3,"reason":"refused","message":"no offer fits","refusals":["h1: cpus 1 < 4"]},
            {"run":"a@1","shard":6,"reason":"refused","message":"no offer fits","refusals":["h2: cpus 2 < 4"]},
            {"run":"a@1","shard":7,"reason":"backoff","message":"no offer fits"},
            {"run":"a@2","reason":"overlap","message":"waits for run a@1"},
            {"run":"a@3","shard":0,"reason":"backoff","message":"no offer fits"}
            """);
        lines.ShouldBe([
            "1 run waits.",
            "  a@1 shards 0, 2–4: no offer fits (refused)", "    h1: cpus 1 < 4",
            "  a@1 shard 1: task t was launched (executorStarting)",
            "  a@1 shard 6: no offer fits (refused)", "    h2: cpus 2 < 4",
            "  a@1 shard 7: no offer fits (backoff)",
            "  a@2: waits for run a@1 (overlap)",
            "  a@3 shard 0: no offer fits (backoff)",
        ]);
    }

    [Fact]
    public async Task Why_ShardsWithPausesOfDifferentLength_StayApart()
    {
        string[] lines = await WhyAsync("""
            {"run":"a@1","shard":0,"reason":"backoff","message":"comes after a pause","until":"2099-01-01T03:00:00.100Z"},
            {"run":"a@1","shard":1,"reason":"backoff","message":"comes after a pause","until":"2099-01-01T03:00:00.900Z"},
            {"run":"a@1","shard":2,"reason":"backoff","message":"comes after a pause","until":"2099-01-01T04:00:00Z"}
            """);
        lines.Length.ShouldBe(3);
        lines[1].ShouldStartWith("  a@1 shards 0–1: comes after a pause (backoff) — in ");
        lines[2].ShouldStartWith("  a@1 shard 2: comes after a pause (backoff) — in ");
    }

    [Fact]
    public async Task Why_AsJson_TellsEveryShardByItself()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        server.On("GET /api/v1/jobs/a/why", """{"job":"a","summary":"1 run waits.","waits":[{"run":"a@1","shard":0,"message":"x"},{"run":"a@1","shard":1,"message":"x"}]}""");
        (await server.RunAsync(terminal, "job", "why", "a", "-o", "json")).ShouldBe(0, terminal.Error);
        JsonNode.Parse(terminal.Out)!["waits"]!.AsArray().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(""" "answer":"run","run":"a@1","state":"waiting" """, "waits")]
    [InlineData(""" "answer":"run","run":"a@1","state":"ready" """, "waits")]
    [InlineData(""" "answer":"run","run":"a@1","state":"running" """, "going on")]
    [InlineData(""" "answer":"run","run":"a@1","state":"ending" """, "going on")]
    [InlineData(""" "answer":"run","run":"a@1" """, "going on")]
    [InlineData(""" "answer":"run","run":"a@1","outcome":"timedOut" """, "timed out")]
    [InlineData(""" "answer":"skipped","reason":"overlap","message":"run a@1 is not finished" """, "–")]
    public async Task Ledger_RunThatIsNotFinished_SaysWhetherItWaits(string entry, string outcome) =>
        (await LedgerLineAsync(entry)).ShouldContain($"  {outcome}  ");

    [Theory]
    [InlineData("misfire", "misfired: leader absent 10 s, skipped", "misfired: leader absent 10 s, skipped")]
    [InlineData("disabled", "the job was disabled", "disabled: the job was disabled")]
    [InlineData("disabled", "disabled by hand", "disabled by hand")]
    [InlineData("overlap", "run a@1 is not finished", "overlap: run a@1 is not finished")]
    [InlineData("overlap", null, "overlap")]
    public async Task Ledger_Skipped_SaysTheReasonOnce(string reason, string? message, string said)
    {
        string member = message is null ? "" : $",\"message\":\"{message}\"";
        (await LedgerLineAsync($"\"answer\":\"skipped\",\"reason\":\"{reason}\"{member}")).ShouldEndWith($"  {said}");
    }

    [Fact]
    public async Task Ledger_SinceAndUntil_AreAskedFor()
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        server.On("GET /api/v1/jobs/a/ledger", """{"items":[]}""");
        (await server.RunAsync(terminal, "job", "ledger", "a", "--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z")).ShouldBe(0, terminal.Error);
        string asked = Uri.UnescapeDataString(server.Asked.ShouldHaveSingleItem().Request);
        asked.ShouldContain("since=2026-01-01T00:00:00");
        asked.ShouldContain("until=2026-01-02T00:00:00");
        terminal.Out.ShouldContain("No due time of a was answered in that time.");
    }

    private static async Task<string[]> WhyAsync(string waits)
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        server.On("GET /api/v1/jobs/a/why", $$"""{"job":"a","summary":"1 run waits.","waits":[{{waits}}]}""");
        (await server.RunAsync(terminal, "job", "why", "a")).ShouldBe(0, terminal.Error);
        return terminal.Out.TrimEnd().Split('\n');
    }

    private static async Task<string> LedgerLineAsync(string entry)
    {
        await using AnsweringServer server = await AnsweringServer.StartAsync();
        var terminal = new TestTerminal();
        server.On("GET /api/v1/jobs/a/ledger", $$"""{"items":[{"dueAt":"2026-01-01T00:00:00Z","count":1,{{entry}}}]}""");
        (await server.RunAsync(terminal, "job", "ledger", "a")).ShouldBe(0, terminal.Error);
        return terminal.Out.TrimEnd().Split('\n')[1].TrimEnd();
    }
}
