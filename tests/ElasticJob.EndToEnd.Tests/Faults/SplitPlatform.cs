using System.Text.RegularExpressions;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests.Faults;

/// <summary>
/// The parts of a platform as processes of their own, so that each can be killed alone: a local cluster that takes orders to break things, and a
/// scheduler that reaches it through a <see cref="MasterProxy"/>.
/// </summary>
internal sealed partial class SplitPlatform : IAsyncDisposable
{
    private readonly TestFolder folder;
    private readonly int agents;
    private readonly HttpClient orders = new() { Timeout = TimeSpan.FromSeconds(60) };
    private Launched cluster = null!;
    private Launched scheduler = null!;
    private Uri ordersAt = null!;
    private int masterPort;

    private SplitPlatform(TestFolder folder, int agents)
    {
        this.folder = folder;
        this.agents = agents;
    }

    public Api Api { get; private set; } = null!;

    public MasterProxy Proxy { get; private set; } = null!;

    public int Scheduler => scheduler.Id;

    private string SchedulerData => Path.Combine(folder.Path, "scheduler");

    private string ClusterData => Path.Combine(folder.Path, "cluster");

    public static async Task<SplitPlatform> StartAsync(TestFolder folder, int agents = 1)
    {
        var platform = new SplitPlatform(folder, agents);
        try
        {
            await platform.StartClusterAsync();
            platform.Proxy = await MasterProxy.StartAsync(new Uri($"http://127.0.0.1:{platform.masterPort}"));
            folder.Write("scheduler.json", $$"""{ "dataDirectory": "{{platform.SchedulerData}}", "port": 0, "master": "{{platform.Proxy.Address.AbsoluteUri}}" }""");
            await platform.StartSchedulerAsync();
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    public async Task StartSchedulerAsync()
    {
        scheduler = Launched.Start([Built.ElasticJob, "scheduler", "--config", Path.Combine(folder.Path, "scheduler.json")]);
        await scheduler.SaysAsync("The scheduler listens on");
        Match address = ListensOn().Match(scheduler.Output);
        address.Success.ShouldBeTrue(scheduler.Output);
        Api?.Dispose();
        Api = new Api(new Uri(address.Groups[1].Value), File.ReadAllText(Path.Combine(SchedulerData, "secrets", "api-token")).Trim());
    }

    /// <summary>Waits until the scheduler has been killed, and starts another in its place.</summary>
    public async Task ReplaceSchedulerAsync()
    {
        await scheduler.Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        scheduler.Dispose();
        await StartSchedulerAsync();
    }

    public void KillScheduler() => ProcessTable.KillNow(scheduler.Id);

    /// <summary>kill -9 of master and agents (one process), and a start in the same place; the executors go on meanwhile.</summary>
    public async Task CrashClusterAsync()
    {
        ProcessTable.KillNow(cluster.Id);
        await ProcessTable.GoneAsync(cluster.Id);
        cluster.Dispose();
        await StartClusterAsync();
    }

    /// <summary>An order to the cluster, such as <c>master/restart</c>.</summary>
    public async Task OrderAsync(string order, string body = "")
    {
        using HttpResponseMessage answer = await orders.PostAsync(new Uri(ordersAt, order), new StringContent(body), TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue($"{order}: {(int)answer.StatusCode}");
    }

    public async Task ApplyAsync(string yaml)
    {
        Ended ended = await Program.RunAsync(
            Built.ElasticJob, ["apply", "-f", "-", "--server", Api.Address.AbsoluteUri, "--data", SchedulerData], input: yaml);
        ended.Code.ShouldBe(0, ended.All);
    }

    public async Task<string> TriggerAsync(string job) => (await Api.PostAsync($"api/v1/jobs/{job}/trigger")).GetProperty("run").GetString()!;

    public async ValueTask DisposeAsync()
    {
        foreach (Launched? part in new[] { scheduler, cluster })
        {
            if (part is { Process.HasExited: false })
            {
                ProcessTable.Thaw(part.Id);
                ProcessTable.InterruptGroup(part.Id);
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
                await part.Process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        foreach (int left in ProcessTable.Of(folder.Path))
        {
            ProcessTable.KillNow(left);
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        Api?.Dispose();
        orders.Dispose();
        scheduler?.Dispose();
        cluster?.Dispose();
    }

    private async Task StartClusterAsync()
    {
        cluster = Launched.Start([Built.ElasticJob, "local-cluster", "--port", $"{masterPort}", "--agents", $"{agents}", "--fault-port", "0", "--data", ClusterData]);
        await cluster.SaysAsync("Orders to break things are taken at");
        Match address = ListensOn().Match(cluster.Output);
        address.Success.ShouldBeTrue(cluster.Output);
        masterPort = new Uri(address.Groups[1].Value).Port;
        ordersAt = new Uri(TakenAt().Match(cluster.Output).Groups[1].Value);
    }

    [GeneratedRegex(@"listens on (http://[^ ,]+)")]
    private static partial Regex ListensOn();

    [GeneratedRegex(@"taken at (http://[0-9.:]+\d)")]
    private static partial Regex TakenAt();
}
