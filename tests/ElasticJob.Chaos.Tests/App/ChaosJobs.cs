using System.Globalization;
using System.Text;

namespace ElasticJob.Chaos.App;

/// <summary>The definitions: jobs of many periods and policies, all of one app.</summary>
internal static class ChaosJobs
{
    public const string AppName = "chaos";

    private static readonly string[] Overlaps = ["forbid", "queueOne", "allow", "queueAll"];
    private static readonly string[] Misfires = ["fireOnce", "skip", "fireAll"];

    public static string Yaml(int jobs, string witness)
    {
        var yaml = new StringBuilder($$"""
            kind: App
            name: {{AppName}}
            command: dotnet '{{typeof(ChaosJobs).Assembly.Location}}'
            environment: { {{CountedApp.FileVariable}}: "{{witness}}" }
            resources: { cpus: 0.1, memory: 128Mi }

            """);
        for (int i = 0; i < jobs; i++)
        {
            // A tenth is due every five seconds, a third every ten, the others every twenty.
            int period = i % 10 == 0 ? 5 : i % 3 == 0 ? 10 : 20;
            string retry = IsOnce(i) ? "failover: false, retry: { attempts: 1 }" : "failover: true, retry: { attempts: 3, backoff: 1s }";
            yaml.Append(CultureInfo.InvariantCulture, $$"""
                ---
                kind: Job
                name: {{Name(i)}}
                app: {{AppName}}
                type: class
                class: counted
                schedule: "{{i % 5}}/{{period}} * * * * ?"
                shards: { count: {{1 + (i % 3)}} }
                parameter: "{{i * 37 % 1500}}"
                resources: { cpus: 0.001, memory: 1Mi }
                policy: { overlap: {{Overlaps[i % Overlaps.Length]}}, misfire: {{Misfires[i % Misfires.Length]}}, catchUpWindow: 1h, {{retry}} }

                """);
        }

        return yaml.ToString();
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"job-{i:000}");

    /// <summary>Every second job is at-most-once.</summary>
    private static bool IsOnce(int i) => i % 2 == 0;
}
