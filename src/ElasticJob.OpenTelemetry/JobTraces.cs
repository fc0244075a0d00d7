using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ElasticJob;

/// <summary>Listens to spans from the start of the app to its end, and sends the rest before it ends.</summary>
internal sealed class JobTraces(string service, Action<TracerProviderBuilder>? configure) : IHostedService, IDisposable
{
    private const int FlushMilliseconds = 5_000;

    private TracerProvider? provider;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        TracerProviderBuilder builder = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService(service).AddEnvironmentVariableDetector())
            .AddSource("ElasticJob")
            .AddOtlpExporter();
        configure?.Invoke(builder);
        provider = builder.Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        provider?.ForceFlush(FlushMilliseconds);
        return Task.CompletedTask;
    }

    public void Dispose() => provider?.Dispose();
}
