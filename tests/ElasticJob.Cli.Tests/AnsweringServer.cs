using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Cli.Tests;

/// <summary>A real HTTP server on a free loopback port that gives prepared answers and remembers what it was asked.</summary>
internal sealed class AnsweringServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, (int Status, string Body)> answers = new();

    private AnsweringServer(WebApplication app) => this.app = app;

    public ConcurrentQueue<(string Request, string Body, string? Token)> Asked { get; } = new();

    public ConcurrentQueue<Dictionary<string, string>> Headers { get; } = new();

    /// <summary>Is set with each answer.</summary>
    public string? Cookie { get; set; }

    public string Address => app.Urls.First();

    public static async Task<AnsweringServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var server = new AnsweringServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Prepares the answer to a request such as <c>GET /api/v1/jobs</c>; the query does not matter.</summary>
    public AnsweringServer On(string request, string body, int status = 200)
    {
        answers[request] = (status, body);
        return this;
    }

    /// <summary>Prepares the answer to a request with exactly this query.</summary>
    public AnsweringServer OnQuery(string request, string body) => On(request, body);

    public Task<int> RunAsync(TestTerminal terminal, params string[] arguments) => terminal.RunAsync([.. arguments, "--server", Address]);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        string body = await reader.ReadToEndAsync();
        string request = $"{context.Request.Method} {context.Request.Path}";
        Asked.Enqueue((request + context.Request.QueryString, body, context.Request.Headers.Authorization));
        Headers.Enqueue(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        if (Cookie is { } cookie)
        {
            context.Response.Headers.SetCookie = cookie;
        }

        (int status, string answer) = answers.TryGetValue(request + context.Request.QueryString, out (int, string) exact) ? exact : answers.GetValueOrDefault(request, (404, """{"title":"Not found","code":"notFound","detail":"There is no such thing."}"""));
        context.Response.StatusCode = status;
        context.Response.ContentType = answer.StartsWith('{') || answer.StartsWith('[') ? "application/json" : "text/plain";
        await context.Response.WriteAsync(answer);
    }
}
