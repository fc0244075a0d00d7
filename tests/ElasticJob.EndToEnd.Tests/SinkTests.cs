using System.Text.Json;
using System.Text.RegularExpressions;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>A scheduler with a sink of somebody else's: that of the examples.</summary>
public sealed partial class SinkTests
{
    [Fact]
    public async Task Scheduler_KilledBetweenWrites_TellsTheForeignSinkEachEventOnce()
    {
        using var folder = new TestFolder();
        string file = Path.Combine(folder.Path, "events.jsonl");
        string config = folder.Write("scheduler.json", $$"""
            {
              "dataDirectory": "{{folder.Data}}", "port": 0, "master": "http://127.0.0.1:1",
              "events": {
                "sqlite": true,
                "sinks": [{ "assembly": "{{Path.Combine(Built.Example("JsonLinesSink"), "JsonLinesSink.dll")}}", "class": "Example.Sinks.JsonLinesSink", "settings": { "file": "{{file}}" } }]
              }
            }
            """);
        foreach (string app in new[] { "first", "second" })
        {
            using Launched scheduler = Launched.Start([Built.ElasticJob, "scheduler", "--config", config]);
            try
            {
                await scheduler.SaysAsync("The scheduler listens on");
                Match address = ListensOn().Match(scheduler.Output);
                address.Success.ShouldBeTrue(scheduler.Output);
                Ended applied = await Program.RunAsync(
                    Built.ElasticJob, ["apply", "-f", "-", "--server", address.Groups[1].Value, "--data", folder.Data], input: $"kind: App\nname: {app}\ncommand: ./x\n");
                applied.Code.ShouldBe(0, applied.All);
                await Until.TrueAsync(
                    () => Lines(file).Any(l => l.Text("kind") == "appCreated" && l.Text("app") == app), $"the event of {app}", () => scheduler.Output);
            }
            finally
            {
                ProcessTable.KillNow(scheduler.Id);
                await ProcessTable.GoneAsync(scheduler.Id);
            }
        }

        long[] sequences = [.. Lines(file).Select(l => l.GetProperty("sequence").GetInt64())];
        sequences.ShouldBe(Enumerable.Range(1, sequences.Length).Select(n => (long)n));
    }

    private static JsonElement[] Lines(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l))];
    }

    [GeneratedRegex(@"The scheduler listens on (http://\S+)")]
    private static partial Regex ListensOn();
}
