using ElasticJob.Executor;
using ElasticJob.Mesos.ExecutorApi;
using ElasticJob.Mesos.Http;
using ElasticJob.Protocol.Orders;

namespace ElasticJob.Tests.Executor;

/// <summary>An executor with the jobs of a test, subscribed to a fake agent, in a sandbox of its own.</summary>
internal sealed class ExecutorFixture : IAsyncDisposable
{
    private readonly HttpMessageInvoker http = MesosTransport.Create();
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));

    private ExecutorFixture(FakeAgent agent) => Agent = agent;

    public FakeAgent Agent { get; }

    public string Sandbox { get; } = Directory.CreateTempSubdirectory("elasticjob-").FullName;

    public CancellationToken Patience => patience.Token;

    public MemoryStream Errors { get; } = new();

    /// <summary>Completes with the exit code of a process that ended itself at once.</summary>
    public TaskCompletionSource<int> ExitedNow { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<int> Completion { get; private set; } = null!;

    public static async Task<ExecutorFixture> StartAsync(
        Action<ElasticJobApplicationBuilder> configure, bool checkpoint = true, EvictionTimes? times = null, TimeSpan? recovery = null)
    {
        var fixture = new ExecutorFixture(await FakeAgent.StartAsync());
        var builder = new ElasticJobApplicationBuilder([], fixture.Errors);
        configure(builder);
        ElasticJobApplication app = builder.Build();
        var environment = new ExecutorEnvironment
        {
            Agent = new Uri($"http://{fixture.Agent.Endpoint}"),
            FrameworkId = "F",
            ExecutorId = "E",
            Directory = fixture.Sandbox,
            HostDirectory = fixture.Sandbox,
            Checkpoint = checkpoint,
            RecoveryTimeout = recovery ?? TimeSpan.FromMinutes(15),
            SubscriptionBackoffMax = TimeSpan.FromMilliseconds(100),
        };
        ExecutorHost host = app.CreateExecutor(environment, fixture.http, times ?? EvictionTimes.Default, code => fixture.ExitedNow.TrySetResult(code));
        fixture.Completion = host.RunAsync(fixture.stop.Token);
        return fixture;
    }

    public static TaskOrder Order(string taskId, Work work, int shard = 0, int shards = 1) => new()
    {
        Job = "job",
        Run = "run-1",
        Task = taskId,
        Shard = shard,
        ShardCount = shards,
        Work = work,
        ScheduledAt = DateTimeOffset.UnixEpoch,
    };

    public string Log(string taskId) => File.ReadAllText(Path.Combine(Sandbox, "tasks", taskId, "log"));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Completion.WaitAsync(Patience);
        http.Dispose();
        await Agent.DisposeAsync();
        Directory.Delete(Sandbox, recursive: true);
        stop.Dispose();
        patience.Dispose();
    }
}
