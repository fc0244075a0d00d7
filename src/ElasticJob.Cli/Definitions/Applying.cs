using System.Text.Json.Nodes;
using ElasticJob.Cli.Commands;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;

namespace ElasticJob.Cli.Definitions;

/// <summary>Hands definitions to the scheduler, all or none, and shows what that changes.</summary>
internal static class Applying
{
    public static async Task<JsonNode?> SendAsync(Invocation call, string yaml, bool dryRun) =>
        await call.Api.PostTextAsync(Routes.Apply(dryRun), yaml, "application/yaml", call.Cancellation);

    public static void Write(Report report, JsonNode? answer)
    {
        int created = 0;
        int updated = 0;
        JsonNode[] documents = [.. answer.Items("documents")];
        foreach (JsonNode document in documents)
        {
            string change = document.Text("change") ?? "";
            string name = $"{document.Text("kind")} {document.Text("name")}";
            switch (change)
            {
                case "created":
                    created++;
                    report.Styled($"+ {name}", "green");
                    break;
                case "updated":
                    updated++;
                    report.Styled($"~ {name}", "yellow");
                    WriteDifferences(report, document);
                    break;
                default:
                    report.Line($"= {name}");
                    break;
            }
        }

        string would = answer.Flag("dryRun") == true ? "Dry run, nothing is stored: " : "";
        report.Line($"{would}{created} created, {updated} changed, {documents.Length - created - updated} unchanged.");
    }

    private static void WriteDifferences(Report report, JsonNode document)
    {
        foreach (JsonNode difference in document.Items("differences"))
        {
            string path = difference.Text("path") ?? "";
            JsonNode? old = difference.Member("old");
            JsonNode? now = difference.Member("new");
            switch (old, now)
            {
                case (null, _):
                    report.Styled($"    + {path}: {Shown(now)}", "green");
                    break;
                case (_, null):
                    report.Styled($"    - {path}: {Shown(old)}", "red");
                    break;
                default:
                    report.Styled($"    ~ {path}: {Shown(old)} → {Shown(now)}", "yellow");
                    break;
            }
        }
    }

    private static string Shown(JsonNode? value) => value?.ToJsonString(Json.Relaxed) ?? "–";
}
