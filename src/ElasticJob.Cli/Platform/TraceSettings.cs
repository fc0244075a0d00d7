using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Scheduler.Observability;

namespace ElasticJob.Cli.Platform;

/// <summary>The member <c>traces</c> of a scheduler's configuration; without it OpenTelemetry's own variables hold.</summary>
internal static class TraceSettings
{
    private const string Http = "http/protobuf";
    private const string Grpc = "grpc";

    /// <param name="section">The member; may be absent.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    public static TraceOptions Read(JsonNode? section, List<string> faults)
    {
        if (section is null)
        {
            return TraceOptions.FromEnvironment(Environment.GetEnvironmentVariable);
        }

        ConfigSection.Known(section, "traces", ["endpoint", "protocol", "ratio"], faults);
        if (!Uri.TryCreate(section.Text("endpoint"), UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https"))
        {
            faults.Add("traces.endpoint: must be the address of an OpenTelemetry collector, such as http://127.0.0.1:4318");
        }

        string protocol = section.Text("protocol") ?? Http;
        if (protocol is not (Http or Grpc))
        {
            faults.Add($"traces.protocol: must be {Http} or {Grpc}");
        }

        double ratio = 1;
        if (section.Member("ratio") is { } given && !(given is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out ratio) && ratio is >= 0 and <= 1))
        {
            faults.Add("traces.ratio: must be the share of runs that are traced, a number from 0 to 1");
        }

        return new TraceOptions { Endpoint = endpoint, Grpc = protocol == Grpc, Ratio = ratio };
    }
}
