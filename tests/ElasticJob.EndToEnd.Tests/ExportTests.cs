using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>Backup and restore of definitions, as docs/production.md tells it.</summary>
public sealed class ExportTests
{
    private const string More = """
        kind: Job
        name: report
        app: app
        description: "every member: that is not at its default, with quotes ' and a # sign"
        type: class
        class: ok
        schedule: ["0 30 2 * * ?", "@monthly"]
        timeZone: Europe/Berlin
        shards: { count: 3, parameters: { 0: north, 2: "a: b" } }
        parameter: |
          two
          lines
        priority: 7
        enabled: false
        resources: { cpus: 0.25, memory: 48Mi }
        placement: { constraints: [hostname is-not nowhere] }
        policy: { overlap: queueOne, misfire: skip, catchUpWindow: 90m, failover: false, timeout: 10m, killGrace: 5s, retry: { attempts: 4, backoff: 2s } }
        ---
        kind: Job
        name: clean-up
        app: app
        type: script
        script: |
          set -e
          echo done
        every: 90s
        ---

        """;

    [Fact]
    public async Task Export_AppliedToAnEmptyScheduler_IsExportedTheSame()
    {
        using var folder = new TestFolder();
        string first = folder.Folder("first");
        string second = folder.Folder("second");
        await using (Platform one = await Platform.StartAsync(folder.Data))
        {
            await one.ApplyAsync(Definitions.App(folder) + Definitions.Job("ok") + More);
            await one.DemandAsync("export", "--to", first);
            await one.InterruptAsync();
        }

        using var empty = new TestFolder();
        await using Platform other = await Platform.StartAsync(empty.Data);
        (await other.DemandAsync("apply", "-f", first)).ShouldContain("4 created");
        await other.DemandAsync("export", "--to", second);

        string[] files = [.. Directory.GetFiles(first).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        files.ShouldBe(["app-app.yaml", "job-clean-up.yaml", "job-ok.yaml", "job-report.yaml"]);
        Directory.GetFiles(second).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).ShouldBe(files);
        foreach (string file in files)
        {
            (await File.ReadAllTextAsync(Path.Combine(second, file), TestContext.Current.CancellationToken))
                .ShouldBe(await File.ReadAllTextAsync(Path.Combine(first, file), TestContext.Current.CancellationToken), file);
        }

        (await other.DemandAsync("apply", "-f", first)).ShouldContain("0 created, 0 changed");
        await other.InterruptAsync();
    }
}
