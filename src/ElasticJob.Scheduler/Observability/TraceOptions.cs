using System.Globalization;

namespace ElasticJob.Scheduler.Observability;

/// <summary>Where traces go. Without an endpoint none are made; orders carry their context all the same.</summary>
public sealed record TraceOptions
{
    /// <summary>Address of an OpenTelemetry collector (OTLP), such as <c>http://127.0.0.1:4318</c>; none by default.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether <see cref="Endpoint"/> speaks gRPC (port 4317 as a rule); HTTP with protobuf (4318) by default.</summary>
    public bool Grpc { get; init; }

    /// <summary>Share of the runs that are traced, 0 to 1; all by default.</summary>
    public double Ratio { get; init; } = 1;

    /// <summary>
    /// From OpenTelemetry's own variables: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_TRACES_SAMPLER_ARG</c> (the share) and
    /// <c>OTEL_SDK_DISABLED</c>. What cannot be read is as if it were not there.
    /// </summary>
    public static TraceOptions FromEnvironment(Func<string, string?> variable)
    {
        bool isOff = string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        return new TraceOptions
        {
            Endpoint = !isOff && Uri.TryCreate(variable("OTEL_EXPORTER_OTLP_ENDPOINT"), UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https"
                ? endpoint
                : null,
            Grpc = variable("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc",
            Ratio = double.TryParse(variable("OTEL_TRACES_SAMPLER_ARG"), NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio) && ratio is >= 0 and <= 1
                ? ratio
                : 1,
        };
    }
}
