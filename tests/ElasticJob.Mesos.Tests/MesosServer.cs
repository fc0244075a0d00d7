using System.Buffers;
using System.Collections.Concurrent;
using ElasticJob.Mesos.RecordIO;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Mesos.Tests;

/// <summary>A master or agent on a free loopback port whose answers a test writes itself.</summary>
internal sealed class MesosServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private MesosServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    /// <summary>Every request: path, headers, body.</summary>
    public ConcurrentQueue<(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)> Requests { get; } = new();

    public static async Task<MesosServer> StartAsync(Func<HttpContext, byte[], Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var server = new MesosServer(app);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            server.Requests.Enqueue((context.Request.Path, Copy(context.Request.Headers), body.ToArray()));
            await answer(context, body.ToArray());
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Writes one record to an open stream.</summary>
    public static async Task WriteAsync(HttpContext context, IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        RecordWriter.Write(buffer, message.ToByteArray());
        await context.Response.Body.WriteAsync(buffer.WrittenMemory);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Answers with a status and a text.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    }

    // Kestrel reuses the header collection for the next request of the connection.
    private static Dictionary<string, string> Copy(IHeaderDictionary headers) =>
        headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        now.Cancel();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}
