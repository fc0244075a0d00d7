using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class MultiTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task MultiAsync_AllKinds_AreDoneTogether()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/v", cancellationToken: Cancellation);
        IReadOnlyList<OperationResult> results = await client.MultiAsync(
            [
                Operation.Check("/v", 0),
                Operation.Create("/v/s-", "1"u8.ToArray(), CreateMode.PersistentSequential),
                Operation.Create("/c", mode: CreateMode.Container),
                Operation.Create("/t", mode: CreateMode.PersistentWithTtl, timeToLive: TimeSpan.FromHours(1)),
                Operation.SetData("/v", "2"u8.ToArray(), 0),
                Operation.Delete("/c"),
            ],
            Cancellation);
        results.Count.ShouldBe(6);
        results.ShouldAllBe(result => result.Error == ZooKeeperError.Ok);
        results[1].Path.ShouldBe("/v/s-0000000000");
        results[4].Stat!.Version.ShouldBe(1);
        (await client.GetDataAsync("/v", cancellationToken: Cancellation)).Data.ShouldBe("2"u8.ToArray());
    }

    [TimedFact]
    public async Task MultiAsync_OneFails_NoneIsDone()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/v", cancellationToken: Cancellation);
        ZooKeeperMultiException refused = await Should.ThrowAsync<ZooKeeperMultiException>(() => client.MultiAsync(
            [Operation.Create("/a"), Operation.SetData("/v", "x"u8.ToArray()), Operation.Check("/v", 5), Operation.Create("/b")], Cancellation));
        refused.FailedIndex.ShouldBe(2);
        refused.Error.ShouldBe(ZooKeeperError.BadVersion);
        refused.Path.ShouldBe("/v");
        refused.Results.Select(result => result.Error).ShouldBe(
            [ZooKeeperError.Ok, ZooKeeperError.Ok, ZooKeeperError.BadVersion, ZooKeeperError.RuntimeInconsistency]);
        (await client.GetChildrenAsync("/", cancellationToken: Cancellation)).Names.ShouldBe(["v"]);
        (await client.GetDataAsync("/v", cancellationToken: Cancellation)).Data.ShouldBeEmpty();
    }

    [TimedFact]
    public async Task MultiReadAsync_SomeMissing_EachTellsForItself()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/a", "1"u8.ToArray(), cancellationToken: Cancellation);
        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        IReadOnlyList<OperationResult> results = await client.MultiReadAsync(
            [Operation.GetData("/a"), Operation.GetData("/x"), Operation.GetChildren("/a")], Cancellation);
        results[0].Data.ShouldBe("1"u8.ToArray());
        results[0].Stat!.ChildrenCount.ShouldBe(1);
        results[1].Error.ShouldBe(ZooKeeperError.NoNode);
        results[2].Children.ShouldBe(["b"]);
    }

    [TimedFact]
    public async Task MultiAsync_EmptyOrMixed_NeedsNoServer()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        (await client.MultiAsync([], Cancellation)).ShouldBeEmpty();
        await Should.ThrowAsync<ArgumentException>(() => client.MultiAsync([Operation.GetData("/a")], Cancellation));
        await Should.ThrowAsync<ArgumentException>(() => client.MultiReadAsync([Operation.Delete("/a")], Cancellation));
    }
}
