using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class WatchTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task OneTimeWatch_EachKind_FiresOnce()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        OneTimeWatch created = new(), data = new(), children = new(), deleted = new();
        (await client.ExistsAsync("/a", created, Cancellation)).ShouldBeNull();
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        (await created.Fired.WaitAsync(Cancellation)).ShouldBe(new WatchEvent(WatchEventType.NodeCreated, "/a"));

        await client.GetDataAsync("/a", data, Cancellation);
        await client.GetChildrenAsync("/a", children, Cancellation);
        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        (await children.Fired.WaitAsync(Cancellation)).ShouldBe(new WatchEvent(WatchEventType.NodeChildrenChanged, "/a"));
        data.Fired.IsCompleted.ShouldBeFalse();
        await client.SetDataAsync("/a", default, cancellationToken: Cancellation);
        (await data.Fired.WaitAsync(Cancellation)).ShouldBe(new WatchEvent(WatchEventType.NodeDataChanged, "/a"));

        await client.ExistsAsync("/a/b", deleted, Cancellation);
        await client.DeleteAsync("/a/b", cancellationToken: Cancellation);
        (await deleted.Fired.WaitAsync(Cancellation)).ShouldBe(new WatchEvent(WatchEventType.NodeDeleted, "/a/b"));
    }

    [TimedFact]
    public async Task OneTimeWatch_ReadFailsOrUsedTwice_IsNotSet()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        var watch = new OneTimeWatch();
        await NodeTests.RefusedAsync(ZooKeeperError.NoNode, "/a", () => client.GetDataAsync("/a", watch, Cancellation));
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        watch.Fired.IsCompleted.ShouldBeFalse();
        await Should.ThrowAsync<InvalidOperationException>(() => client.GetDataAsync("/a", watch, Cancellation));
    }

    [TimedFact]
    public async Task Watch_ALaterReadShowsTheChange_HasFiredBefore()
    {
        ZooKeeperOptions place = one.NewPlace();
        await using ZooKeeperClient reader = await one.ConnectAsync(place);
        await using ZooKeeperClient writer = await one.ConnectAsync(place);
        await writer.CreateAsync("/a", cancellationToken: Cancellation);
        await using PersistentWatch lasting = await reader.AddWatchAsync("/", AddWatchMode.PersistentRecursive, Cancellation);
        for (int i = 1; i <= 50; i++)
        {
            Task<Stat> change = writer.SetDataAsync("/a", default, cancellationToken: Cancellation);
            while ((await reader.GetDataAsync("/a", cancellationToken: Cancellation)).Stat.Version < i)
            {
            }

            lasting.Events.TryRead(out WatchEvent? seen).ShouldBeTrue();
            seen.ShouldBe(new WatchEvent(WatchEventType.NodeDataChanged, "/a"));
            await change;
        }
    }

    [TimedFact]
    public async Task PersistentWatch_Recursive_TellsAllBelowAndStays()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        await using PersistentWatch node = await client.AddWatchAsync("/n", AddWatchMode.Persistent, Cancellation);
        await using PersistentWatch tree = await client.AddWatchAsync("/a", AddWatchMode.PersistentRecursive, Cancellation);
        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        await client.CreateAsync("/a/b/c", cancellationToken: Cancellation);
        await client.SetDataAsync("/a/b/c", default, cancellationToken: Cancellation);
        await client.DeleteAsync("/a/b/c", cancellationToken: Cancellation);
        await client.CreateAsync("/n", cancellationToken: Cancellation);
        await client.CreateAsync("/n/x", cancellationToken: Cancellation);
        await client.SetDataAsync("/n", default, cancellationToken: Cancellation);

        Read(tree).ShouldBe(["NodeCreated /a/b", "NodeCreated /a/b/c", "NodeDataChanged /a/b/c", "NodeDeleted /a/b/c"]);
        Read(node).ShouldBe(["NodeCreated /n", "NodeChildrenChanged /n", "NodeDataChanged /n"]);
    }

    [TimedFact]
    public async Task PersistentWatch_Disposed_TellsNoMore()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        PersistentWatch watch = await client.AddWatchAsync("/a", AddWatchMode.Persistent, Cancellation);
        await watch.DisposeAsync();
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        Read(watch).ShouldBe(["WatchRemoved /a"]);
        watch.Events.Completion.IsCompleted.ShouldBeTrue();
        await NodeTests.RefusedAsync(ZooKeeperError.NoWatcher, "/a", () => client.RemoveWatchesAsync("/a", WatcherType.Any, Cancellation));
    }

    [TimedFact]
    public async Task RemoveWatchesAsync_DataOnly_LeavesTheChildrenWatched()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        OneTimeWatch data = new(), children = new();
        await client.GetDataAsync("/a", data, Cancellation);
        await client.GetChildrenAsync("/a", children, Cancellation);
        await client.RemoveWatchesAsync("/a", WatcherType.Data, Cancellation);
        (await data.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.WatchRemoved);
        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        (await children.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeChildrenChanged);
    }

    [TimedFact]
    public async Task Watches_ClientCloses_TellThatTheSessionEnded()
    {
        ZooKeeperClient client = await one.ConnectAsync();
        var watch = new OneTimeWatch();
        await client.ExistsAsync("/a", watch, Cancellation);
        PersistentWatch lasting = await client.AddWatchAsync("/b", AddWatchMode.Persistent, Cancellation);
        await client.DisposeAsync();
        (await watch.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.SessionEnded);
        Read(lasting).ShouldBe(["SessionEnded /b"]);
    }

    private static List<string> Read(PersistentWatch watch)
    {
        var seen = new List<string>();
        while (watch.Events.TryRead(out WatchEvent? next))
        {
            seen.Add($"{next.Type} {next.Path}");
        }

        return seen;
    }
}
