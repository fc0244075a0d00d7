using System.Diagnostics;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class PipelineTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task SetDataAsync_TenThousandAtOnce_AreDoneInOrder()
    {
        ZooKeeperOptions place = one.NewPlace() with { MaxInFlight = 256, SessionTimeout = TimeSpan.FromSeconds(60) };
        await using ZooKeeperClient client = await one.ConnectAsync(place);
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        long from = Stopwatch.GetTimestamp();

        // Each demands the version that the one before leaves: any other order would fail.
        Stat[] stats = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => client.SetDataAsync("/a", BitConverter.GetBytes(i), i, Cancellation)));

        TestContext.Current.SendDiagnosticMessage($"10,000 pipelined writes took {Stopwatch.GetElapsedTime(from).TotalSeconds:0.0} s");
        stats.Select(stat => stat.Version).ShouldBe(Enumerable.Range(1, 10_000));
    }

    [TimedFact]
    public async Task Requests_OneIsGivenUpWhileItWaits_IsNotSentAndOthersGoOn()
    {
        await using ZooKeeperClient client = await one.ConnectAsync(one.NewPlace() with { MaxInFlight = 1 });
        using var giveUp = new CancellationTokenSource();
        Task<CreatedNode> first = client.CreateAsync("/a", cancellationToken: Cancellation);
        Task<CreatedNode>[] more = [.. Enumerable.Range(0, 20).Select(i => client.CreateAsync($"/m{i}", cancellationToken: giveUp.Token))];
        Task<CreatedNode> last = client.CreateAsync("/z", cancellationToken: Cancellation);
        await giveUp.CancelAsync();
        await first;
        await last;
        int done = more.Count(task => task.IsCompletedSuccessfully);
        more.ShouldAllBe(task => task.IsCompletedSuccessfully || task.IsCanceled);

        // At most the one on its way was done without its caller.
        (await client.GetChildrenAsync("/", cancellationToken: Cancellation)).Names.Count.ShouldBeInRange(done + 2, done + 3);
        await Should.ThrowAsync<OperationCanceledException>(() => client.SyncAsync(cancellationToken: giveUp.Token));
    }

    [TimedFact]
    public async Task GetDataAsync_LargeNodes_ComeWhole()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        byte[] large = new byte[900_000];
        new Random(5).NextBytes(large);
        await client.CreateAsync("/l", large, cancellationToken: Cancellation);
        NodeData[] read = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetDataAsync("/l", cancellationToken: Cancellation)));
        read.Count(node => node.Data.AsSpan().SequenceEqual(large)).ShouldBe(read.Length);
    }
}
