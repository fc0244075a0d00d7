using System.Threading.Channels;
using ElasticJob.Local;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using ElasticJob.ZooKeeper.Tests.Limits;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Leadership;

/// <summary>What leaves the driver, at a real master, while the lease is not held: nothing.</summary>
public sealed class DriverLeaseTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-lease-").FullName;
    private readonly Lease lease = new(TimeSpan.FromHours(1), TimeProvider.System);
    private readonly Channel<Input> inputs = Channel.CreateUnbounded<Input>();
    private LocalCluster? cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => cluster = await LocalCluster.StartAsync(
        new LocalClusterOptions { WorkDirectory = Path.Combine(folder, "cluster"), MasterPort = 0 }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await cluster!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [TimedFact]
    public async Task Carry_LeaseNotHeld_LeavesWhenItIsProvenAgain()
    {
        using HttpMessageInvoker http = MesosTransport.Create();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var driver = new MesosDriver(
            new MesosDriverOptions { Connection = new SchedulerConnectionOptions { Masters = [cluster!.MasterAddress] }, RunnerCommand = "true" },
            http, lease, TimeProvider.System, NullLogger<MesosDriver>.Instance);

        // Without a proof there is not even a subscription: it would end that of another scheduler.
        Task running = driver.RunAsync(null, input => inputs.Writer.TryWrite(input), stop.Token);
        lease.Prove(lease.Mark());
        (await inputs.Reader.ReadAsync(Cancellation)).ShouldBeOfType<Input.Connected>();

        // The master answers each reconciliation of an unknown task; the order of the answers tells when each was asked.
        lease.Suspend();
        driver.Carry([new Effect.Reconcile([("while-suspended", null)])]);
        lease.IsHeld.ShouldBeFalse();
        await AskMasterAsync(http);
        Statuses().ShouldBeEmpty();
        lease.Prove(lease.Mark());
        (await NextStatusAsync()).ShouldBe("while-suspended");

        driver.Carry([new Effect.Reconcile([("last", null)])]);
        await driver.FinishAsync(Cancellation);
        (await NextStatusAsync()).ShouldBe("last");
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A call of another connection, there and back: what had left before it would have been answered by now.</summary>
    private async Task AskMasterAsync(HttpMessageInvoker http)
    {
        for (int i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(cluster!.MasterAddress, "/health"));
            using HttpResponseMessage answer = await http.SendAsync(request, Cancellation);
        }
    }

    private List<string> Statuses()
    {
        var seen = new List<string>();
        while (inputs.Reader.TryRead(out Input? input))
        {
            if (input is Input.Status status)
            {
                seen.Add(status.Update.Task);
            }
        }

        return seen;
    }

    private async Task<string> NextStatusAsync()
    {
        while (true)
        {
            if (await inputs.Reader.ReadAsync(Cancellation) is Input.Status status)
            {
                return status.Update.Task;
            }
        }
    }
}
