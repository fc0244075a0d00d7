using System.Net;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;

namespace ElasticJob.Cli.Server;

/// <summary>Turns a problem+json answer (RFC 9457) into what a person reads and a shell checks.</summary>
internal static class Problem
{
    public static CliException ToException(HttpStatusCode status, JsonNode? problem, string server)
    {
        string message = problem.Text("detail") ?? problem.Text("title") ?? $"{server} answered {(int)status} {status}.";
        if (status == HttpStatusCode.Unauthorized)
        {
            message += " Sign in with 'elasticjob login', set ELASTICJOB_TOKEN, or name the platform's data folder with --data.";
        }

        string[] faults = [.. Faults(problem)];
        bool unavailable = status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
        return new CliException(unavailable ? ExitCode.Unreachable : ExitCode.Refused, message, faults);
    }

    /// <summary>Each fault with its path, one per line.</summary>
    private static IEnumerable<string> Faults(JsonNode? problem)
    {
        foreach (JsonNode fault in problem.Items("faults").Concat(problem.Items("errors")))
        {
            if (fault is JsonValue)
            {
                yield return fault.ToString();
                continue;
            }

            // "Job archive-orders, policy.retry.attempts: …"; a document without a name is told by its number.
            string?[] where =
            [
                fault.Text("name") is { } name ? $"{fault.Text("kind")} {name}".Trim() : fault.Text("document") is { } number ? $"document {number}" : null,
                fault.Text("path"),
            ];
            string what = fault.Text("message") ?? fault.ToJsonString(Json.Relaxed);
            string place = string.Join(", ", where.Where(w => !string.IsNullOrEmpty(w)));
            yield return place.Length == 0 ? what : $"{place}: {what}";
        }
    }
}
