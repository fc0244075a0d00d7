using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ElasticJob.Events;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduling.Core;
using ElasticJob.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Tests.Api;

/// <summary>The API over the real loop and stores in memory, without a cluster. It can be restarted over what is durable.</summary>
internal sealed class PlatformHost : IAsyncDisposable
{
    public const string Password = "correct horse battery";

    private readonly List<HttpClient> clients = [];
    private InMemoryStateStore store = new();
    private CancellationTokenSource stop = new();
    private SchedulerLoop loop = null!;
    private WebApplication app = null!;
    private Task running = Task.CompletedTask;

    private PlatformHost()
    {
    }

    public string Data { get; } = Directory.CreateTempSubdirectory("elasticjob-platform-").FullName;

    public MovableTime Time { get; } = new();

    public InMemoryEventStore Events { get; } = new();

    public LogLines Log { get; } = new();

    public IServiceProvider Services => app.Services;

    public IReadOnlyList<RouteEndpoint> Endpoints => [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    /// <summary>As the command line on the same machine calls.</summary>
    public HttpClient Local => With(File.ReadAllText(LocalToken.PathIn(Data)).Trim());

    public static async Task<PlatformHost> StartAsync()
    {
        var host = new PlatformHost();
        await host.StartAppAsync();
        return host;
    }

    public async Task RestartAsync()
    {
        await StopAppAsync();
        store = store.Another();
        await StartAppAsync();
    }

    public HttpClient Anonymous(string? address = null)
    {
        // Cookies go only where a test says so.
        var client = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(address ?? app.Urls.First()) };
        clients.Add(client);
        return client;
    }

    public HttpClient With(string token)
    {
        HttpClient client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>Makes a token on the scheduler's machine.</summary>
    public async Task<(string Id, string Token)> TokenAsync(string role, string more = "")
    {
        Called made = (await Local.PostAsync(ApiRoutes.Tokens, $$"""{"name":"{{role}} test","role":"{{role}}"{{more}}}""")).Is(201);
        return (made["id"], made["token"]);
    }

    public async Task AddUserAsync(string name, string role) =>
        (await Local.PostAsync(ApiRoutes.Users, $$"""{"name":"{{name}}","role":"{{role}}","password":"{{Password}}"}""")).Is(201);

    /// <summary>Signs in; the client sends cookie and CSRF token with everything.</summary>
    public async Task<HttpClient> SignInAsync(string user, string password = Password)
    {
        Called answer = (await Anonymous().PostAsync(ApiRoutes.Session, $$"""{"user":"{{user}}","password":"{{password}}"}""")).Is(200);
        return WithSession(answer);
    }

    public HttpClient WithSession(Called answer)
    {
        HttpClient client = Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", CookieOf(answer).Split(';')[0]);
        client.DefaultRequestHeaders.Add("X-CSRF-Token", answer["csrf"]);
        return client;
    }

    public static string CookieOf(Called answer) => answer.Headers.GetValues("Set-Cookie").ShouldHaveSingleItem();

    /// <summary>The secret of a new sign-in link.</summary>
    public async Task<string> LinkAsync() => (await Local.PostAsync(ApiRoutes.Links, "")).Is(201)["link"].Split("link=")[1];

    /// <summary>The audit log, oldest first, once it has at least so many entries of the operation.</summary>
    public async Task<JsonNode[]> AuditAsync(string operation, int count = 1)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            JsonNode[] items = [.. (await Local.AskAsync($"{ApiRoutes.Audit}?operation={operation}&limit=1000")).Is(200).Body["items"]!.AsArray().Select(i => i!).Reverse()];
            if (items.Length >= count)
            {
                return items;
            }

            // The event store is a moment behind the commit.
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(c => c.Dispose());
        await StopAppAsync();
        await Events.DisposeAsync();
        Directory.Delete(Data, recursive: true);
    }

    private async Task StartAppAsync()
    {
        stop = new CancellationTokenSource();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(Log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton<ISchedulerLoop>(_ => loop);
        builder.Services.AddSingleton(Alone.Leadership());
        builder.Services.AddSingleton<IEventQueries>(Events);
        builder.Services.AddSingleton<IEventReports>(Events);
        builder.Services.AddSchedulerApi(new SchedulerApiOptions { DataFolder = Data, FollowPause = TimeSpan.FromMilliseconds(5) });
        app = builder.Build();
        app.MapSchedulerApi();
        loop = new SchedulerLoop(store, new IdleCluster(), [Events], new CoreOptions(), Time, app.Services.GetRequiredService<ILoggerFactory>())
        {
            Access = app.Services.GetRequiredService<AccessBook>(),
        };
        running = loop.RunAsync(stop.Token);
        await loop.Loaded.WaitAsync(TestContext.Current.CancellationToken);
        await app.StartAsync(TestContext.Current.CancellationToken);
    }

    private async Task StopAppAsync()
    {
        await app.DisposeAsync();
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }
}
