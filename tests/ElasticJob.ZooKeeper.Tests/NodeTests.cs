using System.Text;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class NodeTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Nodes_CreatedReadChangedDeleted_TellTheirVersions()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        CreatedNode created = await client.CreateAsync("/a", "one"u8.ToArray(), cancellationToken: Cancellation);
        created.Path.ShouldBe("/a");
        created.Stat.Version.ShouldBe(0);
        created.Stat.DataLength.ShouldBe(3);

        Stat changed = await client.SetDataAsync("/a", "second"u8.ToArray(), version: 0, Cancellation);
        changed.Version.ShouldBe(1);
        changed.ModifiedZxid.ShouldBeGreaterThan(created.Stat.CreatedZxid);
        NodeData read = await client.GetDataAsync("/a", cancellationToken: Cancellation);
        Encoding.UTF8.GetString(read.Data).ShouldBe("second");
        read.Stat.ShouldBe(changed);
        (await client.ExistsAsync("/a", cancellationToken: Cancellation)).ShouldBe(changed);
        client.LastZxid.ShouldBeGreaterThanOrEqualTo(changed.ModifiedZxid);

        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        await client.CreateAsync("/a/ü", cancellationToken: Cancellation);
        NodeChildren children = await client.GetChildrenAsync("/a", cancellationToken: Cancellation);
        children.Names.Order(StringComparer.Ordinal).ShouldBe(["b", "ü"]);
        children.Stat.ChildrenCount.ShouldBe(2);
        (await client.GetAllChildrenNumberAsync("/", Cancellation)).ShouldBe(3);
        (await client.GetDataAsync("/a/b", cancellationToken: Cancellation)).Data.ShouldBeEmpty();

        await client.SyncAsync("/a", Cancellation);
        await client.DeleteAsync("/a/b", version: 0, Cancellation);
        (await client.ExistsAsync("/a/b", cancellationToken: Cancellation)).ShouldBeNull();
    }

    [TimedFact]
    public async Task Requests_Refused_TellTheCodeAndThePath()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/a", cancellationToken: Cancellation);
        await client.CreateAsync("/a/b", cancellationToken: Cancellation);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral, cancellationToken: Cancellation);

        await RefusedAsync(ZooKeeperError.NodeExists, "/a", () => client.CreateAsync("/a", cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.NoNode, "/x/y", () => client.CreateAsync("/x/y", cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.NoChildrenForEphemerals, "/e/c", () => client.CreateAsync("/e/c", cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.BadVersion, "/a", () => client.SetDataAsync("/a", default, 7, Cancellation));
        await RefusedAsync(ZooKeeperError.NotEmpty, "/a", () => client.DeleteAsync("/a", cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.NoNode, "/x", () => client.GetDataAsync("/x", cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.InvalidAcl, "/n", () => client.CreateAsync("/n", acl: [Acl.Creator(Permissions.All) with { Scheme = "nonsense" }], cancellationToken: Cancellation));
        await RefusedAsync(ZooKeeperError.MarshallingError, "/n", () => client.CreateAsync("/n", new byte[2 << 20], cancellationToken: Cancellation));
        client.State.ShouldBe(SessionState.Connected);
    }

    [TimedTheory]
    [InlineData("a", "begin with /")]
    [InlineData("/a/", "end with /")]
    [InlineData("/a//b", "empty")]
    [InlineData("/a/../b", ". or ..")]
    [InlineData("/a\u0001", "U+0001")]
    public async Task Requests_PathIsNone_AreRefusedHere(string path, string reason)
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        (await Should.ThrowAsync<ArgumentException>(() => client.GetDataAsync(path, cancellationToken: Cancellation))).Message.ShouldContain(reason);
    }

    [TimedFact]
    public async Task Chroot_PathsOfTwoClients_AreTheSameNodes()
    {
        await using ZooKeeperClient below = await one.ConnectAsync();
        await using ZooKeeperClient whole = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(one.Server.Address), Cancellation);
        await below.CreateAsync("/a", "x"u8.ToArray(), cancellationToken: Cancellation);
        (await whole.GetDataAsync(below.Chroot + "/a", cancellationToken: Cancellation)).Data.ShouldBe("x"u8.ToArray());
        (await below.GetChildrenAsync("/", cancellationToken: Cancellation)).Names.ShouldBe(["a"]);
    }

    [TimedFact]
    public async Task Chroot_Missing_SaysSo()
    {
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(one.NewPlace(), Cancellation);
        (await Should.ThrowAsync<ZooKeeperException>(() => client.CreateAsync("/a", cancellationToken: Cancellation))).Message.ShouldContain("chroot");
        await client.EnsurePathAsync("/p/q", cancellationToken: Cancellation);
        (await client.ExistsAsync("/p/q", cancellationToken: Cancellation)).ShouldNotBeNull();
    }

    [TimedFact]
    public async Task Sequential_ManyAtOnce_AreNumberedInTheOrderOfTheCalls()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        CreatedNode[] created = await Task.WhenAll(Enumerable.Range(0, 100).Select(
            i => client.CreateAsync("/s-", new[] { (byte)i }, CreateMode.PersistentSequential, cancellationToken: Cancellation)));
        created.Select(node => node.Path).ShouldBe(Enumerable.Range(0, 100).Select(i => $"/s-{i:0000000000}"));
        (await client.CreateAsync("/", default, CreateMode.PersistentSequential, cancellationToken: Cancellation)).Path.ShouldBe("/0000000100");
    }

    [TimedFact]
    public async Task Ephemeral_SessionCloses_IsGone()
    {
        ZooKeeperOptions place = one.NewPlace();
        await using ZooKeeperClient other = await one.ConnectAsync(place);
        ZooKeeperClient client = await one.ConnectAsync(place);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral, cancellationToken: Cancellation);
        CreatedNode numbered = await client.CreateAsync("/n-", mode: CreateMode.EphemeralSequential, cancellationToken: Cancellation);
        (await other.ExistsAsync("/e", cancellationToken: Cancellation))!.EphemeralOwner.ShouldBe(client.SessionId);
        (await client.GetEphemeralsAsync("/", Cancellation)).Order(StringComparer.Ordinal).ShouldBe(["/e", numbered.Path]);
        await client.DisposeAsync();
        (await other.GetChildrenAsync("/", cancellationToken: Cancellation)).Names.ShouldBeEmpty();
        client.State.ShouldBe(SessionState.Closed);
        (await Should.ThrowAsync<ZooKeeperException>(() => client.SyncAsync(cancellationToken: Cancellation))).Error.ShouldBe(ZooKeeperError.Closing);
    }

    [TimedFact]
    public async Task ContainerAndTtl_LeftAlone_AreDeletedByTheServer()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await client.CreateAsync("/c", mode: CreateMode.Container, cancellationToken: Cancellation);
        await client.CreateAsync("/c/x", cancellationToken: Cancellation);
        CreatedNode lives = await client.CreateAsync("/t", mode: CreateMode.PersistentWithTtl, timeToLive: TimeSpan.FromMilliseconds(1), cancellationToken: Cancellation);
        lives.Path.ShouldBe("/t");
        CreatedNode numbered = await client.CreateAsync(
            "/t-", mode: CreateMode.PersistentSequentialWithTtl, timeToLive: TimeSpan.FromHours(1), cancellationToken: Cancellation);
        numbered.Path.ShouldStartWith("/t-0000");

        var container = new OneTimeWatch();
        var ttl = new OneTimeWatch();
        await client.ExistsAsync("/c", container, Cancellation);
        bool gone = await client.ExistsAsync("/t", ttl, Cancellation) is null;
        await client.DeleteAsync("/c/x", cancellationToken: Cancellation);
        (await container.Fired.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).Type.ShouldBe(WatchEventType.NodeDeleted);
        (gone || (await ttl.Fired.WaitAsync(TimeSpan.FromSeconds(30), Cancellation)).Type == WatchEventType.NodeDeleted).ShouldBeTrue();
        (await client.ExistsAsync(numbered.Path, cancellationToken: Cancellation)).ShouldNotBeNull();
    }

    [TimedFact]
    public async Task Create_TimeToLiveWithoutItsMode_IsRefused()
    {
        await using ZooKeeperClient client = await one.ConnectAsync();
        await Should.ThrowAsync<ArgumentException>(() => client.CreateAsync("/t", timeToLive: TimeSpan.FromSeconds(1), cancellationToken: Cancellation));
        await Should.ThrowAsync<ArgumentException>(() => client.CreateAsync("/t", mode: CreateMode.PersistentWithTtl, cancellationToken: Cancellation));
    }

    internal static async Task RefusedAsync(ZooKeeperError error, string? path, Func<Task> request)
    {
        ZooKeeperException refused = await Should.ThrowAsync<ZooKeeperException>(request);
        refused.Error.ShouldBe(error);
        refused.Path.ShouldBe(path);
    }
}
