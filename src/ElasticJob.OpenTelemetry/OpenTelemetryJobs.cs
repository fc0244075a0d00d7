using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;

namespace ElasticJob;

/// <summary>Adds traces to an app with jobs.</summary>
public static class OpenTelemetryJobs
{
    /// <summary>
    /// Sends the spans of executions, and those of further sources, to the collector that <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names; without that variable
    /// nothing is sent. All other <c>OTEL_…</c> variables hold as well (<c>OTEL_EXPORTER_OTLP_PROTOCOL</c> is <c>grpc</c> unless it says
    /// <c>http/protobuf</c>; <c>OTEL_SERVICE_NAME</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>).
    /// </summary>
    /// <param name="builder">The app.</param>
    /// <param name="configure">Adds sources of your own: <c>t => t.AddSource("Shop")</c>.</param>
    public static ElasticJobApplicationBuilder AddOpenTelemetry(this ElasticJobApplicationBuilder builder, Action<TracerProviderBuilder>? configure = null)
    {
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            string service = builder.Environment.ApplicationName;
            builder.Services.AddSingleton<IHostedService>(_ => new JobTraces(service, configure));
        }

        return builder;
    }
}
