using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ElasticJob.Local.Http;

/// <summary>Kestrel on one loopback port in front of the master or of one agent.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private const long LongestCall = 128 * 1024 * 1024;
    private readonly WebApplication _application;
    private readonly CancellationTokenSource _stopping = new();

    private ApiServer(WebApplication application) => _application = application;

    /// <summary>Cancelled first of all when the server stops, so that event streams end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public static async Task<ApiServer> StartAsync(
        IPAddress address,
        int port,
        Func<HttpContext, CancellationToken, Task> handle,
        CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestCall;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(address, port);
        });
        WebApplication application = builder.Build();
        var server = new ApiServer(application);
        application.Run(async context =>
        {
            try
            {
                await handle(context, server.Stopping).ConfigureAwait(false);
            }
            catch (CallRefusedException refusal) when (!context.Response.HasStarted)
            {
                await HttpCalls.RefuseAsync(context, refusal).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException)
            {
                context.Abort();
            }
        });
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        string bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Address = new Uri(bound);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>Ctrl+C belongs to the program that hosts the cluster.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
