using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ElasticJob.Chaos.App;
using ElasticJob.EndToEnd.Tests.Faults;
using ElasticJob.Servers;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Chaos.Processes;

/// <summary>
/// Production on one machine: three ZooKeeper servers, PostgreSQL, a cluster, and schedulers, each of which reaches each ZooKeeper server over a relay of
/// its own, so that it can be cut off.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    private const string Token = "ej_chaos-runs-on-the-loopback-alone";
    private readonly ProductProcess cluster;
    private readonly PostgresServer postgres;
    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(1) }) { Timeout = TimeSpan.FromSeconds(10) };

    private Installation(string folder, ZooKeeperEnsemble zooKeeper, PostgresServer postgres, ProductProcess cluster, IReadOnlyList<SchedulerProcess> schedulers)
    {
        Folder = folder;
        ZooKeeper = zooKeeper;
        this.postgres = postgres;
        this.cluster = cluster;
        Schedulers = schedulers;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public string Folder { get; }

    public ZooKeeperEnsemble ZooKeeper { get; }

    public IReadOnlyList<SchedulerProcess> Schedulers { get; }

    public string WitnessPath => WitnessIn(Folder);

    public static async Task<Installation> StartAsync(ChaosOptions options, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("elasticjob-chaos-").FullName;
        Task<ZooKeeperEnsemble> ensemble = ZooKeeperEnsemble.StartAsync(cancellationToken);
        var postgres = new PostgresServer();
        await postgres.InitializeAsync();
        ZooKeeperEnsemble zooKeeper = await ensemble;
        string events = Path.Combine(folder, "postgres");
        await File.WriteAllTextAsync(events, postgres.CreateDatabase(), cancellationToken);
        int master = ZooKeeperServer.FreePort();
        var cluster = new ProductProcess(Path.Combine(folder, "cluster.log"), "local-cluster", "--port", $"{master}", "--data", Path.Combine(folder, "cluster"));
        cluster.Start();
        var schedulers = new List<SchedulerProcess>();
        for (int i = 1; i <= options.Schedulers; i++)
        {
            MasterProxy? calls = options.WitnessesCalls ? await MasterProxy.StartAsync(new Uri($"http://127.0.0.1:{master}")) : null;
            var scheduler = new SchedulerProcess(
                $"scheduler-{i}", folder, ZooKeeperServer.FreePort(), calls?.Address.Port ?? master, events, Token, options.Session, [.. zooKeeper.Servers.Select(s => new Relay(s.Port))])
            {
                Calls = calls,
            };
            schedulers.Add(scheduler);
            scheduler.Process.Start();
        }

        return new Installation(folder, zooKeeper, postgres, cluster, schedulers);
    }

    public WitnessFile Witness() => new(WitnessPath);

    public static string WitnessIn(string folder) => Path.Combine(folder, "witness");

    /// <summary>Asks one scheduler after the other until one answers well; null if none does.</summary>
    public async Task<JsonNode?> AskAsync(string path, CancellationToken cancellationToken, string? yaml = null)
    {
        // One that stands still takes connections and answers nothing.
        foreach (SchedulerProcess scheduler in Schedulers.OrderBy(s => s.Process.IsStopped))
        {
            try
            {
                using var request = new HttpRequestMessage(yaml is null ? HttpMethod.Get : HttpMethod.Post, new Uri(scheduler.Address, path));
                request.Content = yaml is null ? null : new StringContent(yaml, System.Text.Encoding.UTF8, "application/yaml");
                using HttpResponseMessage answer = await http.SendAsync(request, cancellationToken);
                string text = await answer.Content.ReadAsStringAsync(cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    return JsonNode.Parse(text);
                }

                if ((int)answer.StatusCode < 500)
                {
                    throw new InvalidOperationException($"{path} was refused: {text}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                // The next one.
            }
        }

        return null;
    }

    /// <summary>Has this scheduler do something.</summary>
    public async Task PostAsync(SchedulerProcess scheduler, string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsync(new Uri(scheduler.Address, path), null, cancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
    }

    /// <summary>Asks until there is an answer that is wanted.</summary>
    public async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> wanted, TimeSpan limit, CancellationToken cancellationToken, string? yaml = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        JsonNode? last = null;
        try
        {
            while (true)
            {
                last = await AskAsync(path, patience.Token, yaml) ?? last;
                if (last is not null && wanted(last))
                {
                    return last;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"{path} did not come to what is wanted within {limit.TotalSeconds:0} s; last: {last?.ToJsonString() ?? "no answer"}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        foreach (SchedulerProcess scheduler in Schedulers)
        {
            await scheduler.DisposeAsync();
        }

        await cluster.DisposeAsync();
        await ZooKeeper.DisposeAsync();
        await postgres.DisposeAsync();
    }
}
