using ElasticJob.Files;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The text of <c>/metrics</c>, and what the boards and alerts in <c>config</c> read from it.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task Text_EveryMetric_HasHelpATypeAndANameByConvention()
    {
        string[] lines = (await ReadAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string? name = null;
        string? type = null;
        foreach (string line in lines)
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                (name, type) = (line.Split(' ')[2], null);
                line.Split(' ', 4)[3].ShouldEndWith(".");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                line.Split(' ')[2].ShouldBe(name);
                type = line.Split(' ')[3];
                (type == "counter").ShouldBe(name!.EndsWith("_total", StringComparison.Ordinal), name);
            }
            else
            {
                Match sample = Sample().Match(line);
                sample.Success.ShouldBeTrue(line);
                string series = sample.Groups[1].Value;
                (type == "histogram" ? Suffix().Replace(series, "") : series).ShouldBe(name);
            }
        }

        string[] names = [.. lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2])];
        names.ShouldBeUnique();
        names.ShouldAllBe(n => Regex.IsMatch(n, "^(elasticjob|process|dotnet)_[a-z_]+$"));
    }

    [Fact]
    public async Task Histogram_CountsAreCumulativeAndEndWithAll()
    {
        string text = await ReadAsync();
        double[] counts = [.. Regex.Matches(text, "elasticjob_due_lag_seconds_bucket\\{le=\"[^\"]+\"\\} (\\S+)").Select(m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture))];
        counts.Length.ShouldBe(16);
        counts.ShouldBe(counts.Order());
        text.ShouldContain("elasticjob_due_lag_seconds_bucket{le=\"+Inf\"}");
    }

    [Theory]
    [InlineData("config/prometheus/alerts.yml")]
    [InlineData("config/grafana/elasticjob.json")]
    [InlineData("docs/monitoring.md")]
    public async Task File_EveryMetricItNames_IsServed(string file)
    {
        string served = await ReadAsync();
        HashSet<string> known = [.. Regex.Matches(served, "^# TYPE (\\S+) (\\S+)$", RegexOptions.Multiline).SelectMany(m => m.Groups[2].Value == "histogram"
            ? new[] { "", "_bucket", "_sum", "_count" }.Select(s => m.Groups[1].Value + s)
            : [m.Groups[1].Value])];
        string text = await File.ReadAllTextAsync(Path.Combine(Repository.Root(), file), TestContext.Current.CancellationToken);
        string[] named = [.. Metric().Matches(text).Select(m => m.Value).Distinct()];
        named.Length.ShouldBeGreaterThan(10);
        named.Except(known).ShouldBeEmpty();
    }

    [Fact]
    public void Board_IsJsonWhosePanelsAllAsk()
    {
        using JsonDocument board = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root(), "config/grafana/elasticjob.json")));
        foreach (JsonElement panel in board.RootElement.GetProperty("panels").EnumerateArray())
        {
            panel.GetProperty("targets").EnumerateArray().ShouldNotBeEmpty();
            panel.GetProperty("targets").EnumerateArray().ShouldAllBe(t => Metric().IsMatch(t.GetProperty("expr").GetString()!));
        }
    }

    private static async Task<string> ReadAsync()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        return await host.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
    }

    [GeneratedRegex("^([a-z_]+)(?:\\{[a-z_]+=\"[^\"]*\"\\})? (?:[0-9.E+-]+)$")]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("\\b(elasticjob_[a-z_]*[a-z]|process_(cpu|resident|start|threads)[a-z_]*|dotnet_[a-z_]+)\\b")]
    private static partial Regex Metric();
}
