using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Views;
using ElasticJob.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The API on a free port of the loopback, with the real event store in memory and its own data folder.</summary>
internal sealed class ApiHost : IAsyncDisposable, ITaskLogReader
{
    private readonly WebApplication app;

    private ApiHost(string data)
    {
        Data = data;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<ISchedulerLoop>(Loop);
        builder.Services.AddSingleton(Alone.Leadership());
        builder.Services.AddSingleton<IEventQueries>(Events);
        builder.Services.AddSingleton<IEventReports>(Events);
        builder.Services.AddSingleton<ITaskLogReader>(this);
        builder.Services.AddSchedulerApi(new SchedulerApiOptions { DataFolder = data, FollowPause = TimeSpan.FromMilliseconds(5) });
        app = builder.Build();
        app.MapSchedulerApi();
    }

    public string Data { get; }

    public MemoryLoop Loop { get; } = new();

    public InMemoryEventStore Events { get; } = new();

    public LogLines Log { get; } = new();

    /// <summary>Bytes of every task's log; null when the sandbox is gone.</summary>
    public byte[]? LogBytes { get; set; } = [];

    public HttpClient Client { get; private set; } = null!;

    public static async Task<ApiHost> StartAsync()
    {
        var host = new ApiHost(Directory.CreateTempSubdirectory("elasticjob-api-").FullName);
        await host.Events.OpenAsync(TestContext.Current.CancellationToken);
        await host.app.StartAsync(TestContext.Current.CancellationToken);
        host.Client = new HttpClient { BaseAddress = new Uri(host.app.Urls.First()) };
        string token = (await File.ReadAllTextAsync(LocalToken.PathIn(host.Data))).Trim();
        host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return host;
    }

    public HttpClient Anonymous() => new() { BaseAddress = Client.BaseAddress };

    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/yaml", Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
        }

        change?.Invoke(request);
        using HttpResponseMessage response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public Task<(int Status, JsonNode? Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public async Task ApplyAsync(string yaml) => (await SendAsync(HttpMethod.Post, ApiRoutes.Apply, yaml)).Status.ShouldBe(200);

    public async Task RefusedAsync(HttpMethod method, string path, int status, string code, string? body = null, string type = "application/json")
    {
        (int actual, JsonNode? problem) = await SendAsync(method, path, body, type);
        actual.ShouldBe(status, problem?.ToJsonString());
        problem!.Deserialize(ApiJson.Default.Problem)!.Code.ShouldBe(code);
    }

    public ValueTask<TaskLogPart> ReadAsync(TaskView task, long offset, int length, CancellationToken cancellationToken)
    {
        byte[] log = LogBytes ?? throw new TaskLogException("The sandbox is gone.");
        int start = (int)Math.Min(offset, log.Length);
        return new(new TaskLogPart(log.AsMemory(start, Math.Min(length, log.Length - start)), log.Length));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
        await Events.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }
}
