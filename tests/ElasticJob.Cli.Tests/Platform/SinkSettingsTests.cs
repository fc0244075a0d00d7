using System.Text.Json.Nodes;
using ElasticJob.Cli.Platform;
using ElasticJob.Events;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Cli.Tests.Platform;

/// <summary>Sinks of somebody else's, from the assembly of the example.</summary>
public sealed class SinkSettingsTests : IDisposable
{
    private const string Class = "Example.Sinks.JsonLinesSink";
    private static readonly DirectoryInfo Here = new(AppContext.BaseDirectory.TrimEnd('/'));
    private static readonly string Example = Path.Combine(Here.Parent!.Parent!.FullName, "JsonLinesSink", Here.Name, "JsonLinesSink.dll");

    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-sinks-").FullName;
    private readonly List<string> faults = [];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Read_TheExample_KeepsEachEventOnceAndMendsHalfALine()
    {
        string file = Path.Combine(folder, "events.jsonl");
        await using (IEventSink sink = Read(file))
        {
            (await sink.OpenAsync(TestContext.Current.CancellationToken)).ShouldBe(0);
            await sink.WriteAsync([Event(1), Event(2)], TestContext.Current.CancellationToken);
            await sink.WriteAsync([Event(2), Event(3)], TestContext.Current.CancellationToken);
        }

        await File.AppendAllTextAsync(file, """{"sequence":4,"ki""", TestContext.Current.CancellationToken);
        await using IEventSink again = Read(file);
        (await again.OpenAsync(TestContext.Current.CancellationToken)).ShouldBe(3);
        await again.WriteAsync([Event(3), Event(4)], TestContext.Current.CancellationToken);
        await again.DisposeAsync();

        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Select(l => JsonNode.Parse(l)!)];
        lines.Select(l => (long)l["sequence"]!).ShouldBe([1, 2, 3, 4]);
        lines.ShouldAllBe(l => (string?)l["kind"] == "jobCreated" && (string?)l["job"] == "Grüße");
    }

    [Fact]
    public void Read_SettingByReference_ArrivesAsItsText()
    {
        File.WriteAllText(Path.Combine(folder, "where"), "/tmp/x\n");
        SinkSettings.Read(JsonNode.Parse($$"""[{ "assembly": "{{Example}}", "class": "{{Class}}", "settings": { "file": { "fromFile": "where" } } }]"""), folder, faults).Count.ShouldBe(1);
        faults.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{}""", "events.sinks: must be a list")]
    [InlineData("""[{}]""", "events.sinks[0].assembly: is missing")]
    [InlineData("""[{ "assembly": "a.dll" }]""", "events.sinks[0].class: is missing")]
    [InlineData("""[{ "path": "a.dll" }]""", "events.sinks[0].path: is not known; known are assembly, class, settings")]
    [InlineData("""[{ "assembly": "a.dll", "class": "A" }]""", "events.sinks[0].assembly: there is no file")]
    [InlineData("""[{ "assembly": "text.dll", "class": "A" }]""", "text.dll cannot be loaded as a .NET assembly")]
    [InlineData("""[{ "assembly": "EXAMPLE", "class": "A" }]""", "events.sinks[0].class: 'A' is no public class of", "there are Example.Sinks.JsonLinesSink")]
    [InlineData("""[{ "assembly": "SHOULDLY", "class": "A" }]""", "has no public class that implements IEventSink of ElasticJob.Events")]
    [InlineData("""[{ "assembly": "EXAMPLE", "class": "Example.Sinks.JsonLinesSink" }]""", "events.sinks[0].settings: 'Example.Sinks.JsonLinesSink' refuses them: file: is missing")]
    [InlineData("""[{ "assembly": "EXAMPLE", "class": "Example.Sinks.JsonLinesSink", "settings": 5 }]""", "events.sinks[0].settings: must be an object")]
    [InlineData("""[{ "assembly": "EXAMPLE", "class": "Example.Sinks.JsonLinesSink", "settings": { "file": { "fromEnv": "ELASTICJOB_TEST_NOT_SET" } } }]""", "ELASTICJOB_TEST_NOT_SET is not set")]
    [InlineData("""[ONE, ONE]""", "events.sinks[1]: its name 'json-lines' is taken")]
    public void Read_Fault_SaysWhereAndTheMend(string section, params string[] expected)
    {
        File.WriteAllText(Path.Combine(folder, "text.dll"), "text");
        section = section.Replace("ONE", $$"""{ "assembly": "EXAMPLE", "class": "{{Class}}", "settings": { "file": "x" } }""")
            .Replace("EXAMPLE", Example).Replace("SHOULDLY", typeof(Should).Assembly.Location);
        SinkSettings.Read(JsonNode.Parse(section), folder, faults);
        foreach (string part in expected)
        {
            faults.ShouldContain(f => f.Contains(part), string.Join('\n', faults));
        }
    }

    private IEventSink Read(string file)
    {
        IReadOnlyList<IEventSink> sinks = SinkSettings.Read(
            JsonNode.Parse($$"""[{ "assembly": "{{Example}}", "class": "{{Class}}", "settings": { "file": "{{file}}" } }]"""), folder, faults);
        faults.ShouldBeEmpty();
        return sinks.ShouldHaveSingleItem();
    }

    private static SchedulerEvent Event(long sequence) => new() { Sequence = sequence, At = DateTimeOffset.UnixEpoch, Kind = EventKind.JobCreated, Job = "Grüße" };
}
