using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ElasticJob.Scheduler.Observability;

/// <summary>Sends the spans that <see cref="TraceEventSink"/> makes to a collector, in batches; what a collector that is away does not take is dropped.</summary>
internal sealed class TraceExport : IDisposable
{
    private readonly TracerProvider provider;

    public TraceExport(TraceOptions options, Uri endpoint)
    {
        // The parent of each span says whether its run is traced: the same for scheduler and executors.
        provider = Sdk.CreateTracerProviderBuilder()
            .SetSampler(new ParentBasedSampler(new AlwaysOffSampler()))
            .ConfigureResource(static resource => resource.AddService("elasticjob-scheduler", serviceInstanceId: System.Environment.MachineName).AddEnvironmentVariableDetector())
            .AddSource(TraceEventSink.SourceName)
            .AddOtlpExporter(otlp =>
            {
                otlp.Protocol = options.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                otlp.Endpoint = options.Grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/traces");
            })
            .Build();
    }

    /// <summary>Sends what is left, for at most five seconds.</summary>
    public void Dispose()
    {
        provider.ForceFlush(5_000);
        provider.Dispose();
    }
}
