using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ElasticJob.Local;
using ElasticJob.Scheduler.Api.Security;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Scheduler.Tests.Leadership;

/// <summary>Schedulers in this process that share a real ZooKeeper server and a local cluster; each reaches ZooKeeper over a relay of its own.</summary>
internal sealed class Fellowship : IAsyncDisposable
{
    public static readonly TimeSpan Session = TimeSpan.FromSeconds(3);

    private readonly string folder;
    private readonly ZooKeeperServer server;
    private readonly LocalCluster cluster;
    private readonly List<Fellow> fellows = [];

    private Fellowship(string folder, ZooKeeperServer server, LocalCluster cluster) => (this.folder, this.server, this.cluster) = (folder, server, cluster);

    /// <summary>Sign-in links that leaders have told.</summary>
    public Channel<Uri> SignInLinks { get; } = Channel.CreateUnbounded<Uri>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Fellowship> StartAsync()
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-fellows-").FullName;
        Task<ZooKeeperServer> server = ZooKeeperServer.StartAloneAsync(Cancellation);
        LocalCluster cluster = await LocalCluster.StartAsync(new LocalClusterOptions { WorkDirectory = Path.Combine(folder, "cluster"), MasterPort = 0 }, Cancellation);
        return new Fellowship(folder, await server, cluster);
    }

    /// <summary>Two of them: "first" leads and "second" follows.</summary>
    public async Task<(Fellow First, Fellow Second)> LeaderAndFollowerAsync()
    {
        Fellow first = await JoinAsync("first");
        await first.LeadsAsync();
        Fellow second = await JoinAsync("second");
        await second.FollowsAsync(first);
        return (first, second);
    }

    public async Task<Fellow> JoinAsync(string name)
    {
        var relay = new Relay(server.Port);
        SchedulerHost host = await SchedulerHost.StartAsync(
            new SchedulerHostOptions
            {
                // One folder for all: the events of this test are in SQLite.
                DataDirectory = Path.Combine(folder, "data"),
                Port = 0,
                Instance = name,
                Masters = MasterAddresses.Of(cluster.MasterAddress),
                RunnerCommand = "true",
                ZooKeeper = new ZooKeeperOptions($"{relay.Address}/fellows") { SessionTimeout = Session, Seed = 1 },
                SignInLinkMade = link => SignInLinks.Writer.TryWrite(link),
                Logging = static _ => { },
            },
            Cancellation);
        var fellow = new Fellow(name, host, relay, await File.ReadAllTextAsync(LocalToken.PathIn(Path.Combine(folder, "data")), Cancellation));
        fellows.Add(fellow);
        return fellow;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Fellow fellow in fellows)
        {
            await fellow.DisposeAsync();
        }

        await cluster.DisposeAsync();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>One scheduler, and a client of its API.</summary>
internal sealed class Fellow : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);
    private readonly HttpClient client;

    public Fellow(string name, SchedulerHost host, Relay relay, string token)
    {
        (Name, Host, Relay) = (name, host, relay);
        client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
    }

    public string Name { get; }

    public SchedulerHost Host { get; }

    public Relay Relay { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task<(int Status, string? Leader, JsonNode? Body)> AskAsync(HttpMethod method, string path, string? yaml = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (yaml is not null)
        {
            request.Content = new StringContent(yaml, System.Text.Encoding.UTF8, "application/yaml");
        }

        change?.Invoke(request);
        using HttpResponseMessage answer = await client.SendAsync(request, Cancellation);
        string text = await answer.Content.ReadAsStringAsync(Cancellation);
        return ((int)answer.StatusCode, answer.Headers.TryGetValues("ElasticJob-Leader", out IEnumerable<string>? leader) ? leader.Single() : null,
            text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : null);
    }

    public Task<(int Status, string? Leader, JsonNode? Body)> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    /// <summary>Waits for an answer.</summary>
    public async Task<JsonNode?> UntilAsync(string path, Func<int, JsonNode?, bool> wanted)
    {
        while (true)
        {
            (int status, _, JsonNode? body) = await GetAsync(path);
            if (wanted(status, body))
            {
                return body;
            }

            await Task.Delay(Look, TimeProvider.System, Cancellation);
        }
    }

    public Task LeadsAsync() => UntilAsync("healthz/leader", static (status, _) => status == 200);

    public Task FollowsAsync(Fellow leader) => UntilAsync("healthz/ready", (status, body) => status == 200 && (string?)body!["detail"] == $"{leader.Name} leads");

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Host.DisposeAsync();
        await Relay.DisposeAsync();
    }
}
