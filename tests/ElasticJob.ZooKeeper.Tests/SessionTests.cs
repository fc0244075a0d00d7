using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

/// <summary>What a session does over the loss of its server.</summary>
public sealed class SessionTests(OneServer one)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Session_ServerIsKilledAndStartsAgain_LivesOnWithItsWatches()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        await using ZooKeeperClient client = await ConnectAsync(server.Address, 60);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral, cancellationToken: Cancellation);
        await client.CreateAsync("/a", acl: [Acl.Digest("me", "secret", Permissions.All)], cancellationToken: Cancellation);
        await client.AuthenticateAsync(Authentication.Digest("me", "secret"), Cancellation);
        OneTimeWatch data = new(), exist = new(), children = new();
        await client.GetDataAsync("/a", data, Cancellation);
        await client.ExistsAsync("/n", exist, Cancellation);
        await client.GetChildrenAsync("/", children, Cancellation);
        await using PersistentWatch tree = await client.AddWatchAsync("/p", AddWatchMode.PersistentRecursive, Cancellation);
        long id = client.SessionId;
        using SessionSubscription session = client.SubscribeToSession();

        await server.KillAsync();
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Suspended);
        Task<NodeData> waiting = client.GetDataAsync("/a", cancellationToken: Cancellation);
        await server.StartAsync(Cancellation);

        // Authenticated again, and the request that waited is answered.
        (await waiting).Data.ShouldBeEmpty();
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Connected);
        client.SessionId.ShouldBe(id);
        (await client.ExistsAsync("/e", cancellationToken: Cancellation))!.EphemeralOwner.ShouldBe(id);
        (await tree.Events.ReadAsync(Cancellation)).Type.ShouldBe(WatchEventType.Reattached);
        data.Fired.IsCompleted.ShouldBeFalse();

        await client.SetDataAsync("/a", default, cancellationToken: Cancellation);
        await client.CreateAsync("/n", cancellationToken: Cancellation);
        await client.CreateAsync("/p", cancellationToken: Cancellation);
        (await data.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeDataChanged);
        (await exist.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeCreated);
        (await children.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeChildrenChanged);
        (await tree.Events.ReadAsync(Cancellation)).ShouldBe(new WatchEvent(WatchEventType.NodeCreated, "/p"));
    }

    [TimedFact]
    public async Task Session_CutOffLongerThanItsTimeout_IsExpiredAndEverythingIsTold()
    {
        await using var relay = new Relay(one.Server.Port);
        await using ZooKeeperClient observer = await one.ConnectAsync();
        await using ZooKeeperClient client = await ConnectAsync(relay.Address + observer.Chroot, 1.5);
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral, cancellationToken: Cancellation);
        OneTimeWatch watch = new(), gone = new();
        await client.ExistsAsync("/n", watch, Cancellation);
        await observer.ExistsAsync("/e", gone, Cancellation);
        using SessionSubscription session = client.SubscribeToSession();

        // Others see the ephemeral node gone while the client is still cut off and can only know that it is suspended.
        relay.Cut();
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Suspended);
        (await gone.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeDeleted);
        client.State.ShouldBe(SessionState.Suspended);
        Task<Stat?> waiting = client.ExistsAsync("/n", cancellationToken: Cancellation);
        relay.Mend();
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Expired);
        session.Events.Completion.IsCompleted.ShouldBeTrue();

        (await watch.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.SessionEnded);
        await Should.ThrowAsync<ZooKeeperSessionExpiredException>(waiting);
        await Should.ThrowAsync<ZooKeeperSessionExpiredException>(() => client.SyncAsync(cancellationToken: Cancellation));
        using SessionSubscription late = client.SubscribeToSession();
        (await late.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Expired);
    }

    [TimedFact]
    public async Task Session_ServerFallsSilentAndComesBack_IsAttachedAgainWithinItsTimeout()
    {
        await using var relay = new Relay(one.Server.Port);
        await using ZooKeeperClient client = await ConnectAsync(relay.Address, 12);
        long id = client.SessionId;
        using SessionSubscription session = client.SubscribeToSession();
        relay.FallSilent();

        // The silence is noticed before the servers would end the session; what was on its way has an unknown outcome.
        Task<Stat> write = client.SetDataAsync("/none", default, cancellationToken: Cancellation);
        SessionEvent suspended = await session.Events.ReadAsync(Cancellation);
        suspended.State.ShouldBe(SessionState.Suspended);
        (await Should.ThrowAsync<ZooKeeperConnectionLostException>(write)).OutcomeUnknown.ShouldBeTrue();
        relay.Mend();
        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Connected);
        client.SessionId.ShouldBe(id);
    }

    [TimedFact]
    public async Task Session_ServersAcceptAndSayNothing_IsTakenToTheNextBeforeItExpires()
    {
        // One server under four names. The client tries them in an order that its seed decides.
        Relay[] relays = [.. Enumerable.Range(0, 4).Select(_ => new Relay(one.Server.Port))];
        Relay[] order = [.. relays];
        new Random(7).Shuffle(order);
        await using ZooKeeperClient client = await ConnectAsync(string.Join(',', relays.Select(relay => relay.Address)), 24);
        client.Server!.ToString().ShouldBe(order[0].Address);
        await client.EnsurePathAsync("/silent", cancellationToken: Cancellation);
        string place = $"/silent/{client.SessionId:x}";
        await client.CreateAsync(place, mode: CreateMode.Ephemeral, cancellationToken: Cancellation);
        using SessionSubscription session = client.SubscribeToSession();

        // The one it is attached to and the next two take connections and say nothing, as stalled machines do.
        foreach (Relay silent in order[..3])
        {
            silent.FallSilent();
        }

        (await session.Events.ReadAsync(Cancellation)).State.ShouldBe(SessionState.Suspended);
        SessionEvent attached = await session.Events.ReadAsync(Cancellation);
        attached.State.ShouldBe(SessionState.Connected);
        attached.Server!.ToString().ShouldBe(order[3].Address);
        (await client.ExistsAsync(place, cancellationToken: Cancellation))!.EphemeralOwner.ShouldBe(client.SessionId);
        foreach (Relay relay in relays)
        {
            await relay.DisposeAsync();
        }
    }

    [TimedFact]
    public async Task ConnectAsync_AServerAcceptsAndSaysNothing_TheNextIsTaken()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        string address = $"127.0.0.1:{((System.Net.IPEndPoint)silent.LocalEndpoint).Port}";
        for (int seed = 0; seed < 4; seed++)
        {
            await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(
                new ZooKeeperOptions($"{address},{one.Server.Address}") { SessionTimeout = TimeSpan.FromSeconds(4), Seed = seed }, Cancellation);
            client.Server!.ToString().ShouldBe(one.Server.Address);
        }
    }

    [TimedFact]
    public async Task Write_ServerStallsAndDies_HasAnUnknownOutcome()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        await using ZooKeeperClient client = await ConnectAsync(server.Address, 3, wait: 1);
        using SessionSubscription session = client.SubscribeToSession();
        server.Stop();
        Task<CreatedNode> write = client.CreateAsync("/a", cancellationToken: Cancellation);
        Task<NodeChildren> read = client.GetChildrenAsync("/", cancellationToken: Cancellation);

        // Nothing is heard for two thirds of the timeout.
        ZooKeeperConnectionLostException lost = await Should.ThrowAsync<ZooKeeperConnectionLostException>(write);
        lost.OutcomeUnknown.ShouldBeTrue();
        lost.Message.ShouldContain("silent");
        lost.Path.ShouldBe("/a");
        client.State.ShouldBe(SessionState.Suspended);
        session.Events.TryRead(out SessionEvent? suspended).ShouldBeTrue();
        suspended!.State.ShouldBe(SessionState.Suspended);
        (await Should.ThrowAsync<ZooKeeperConnectionLostException>(read)).OutcomeUnknown.ShouldBeFalse();

        // What was never sent has no unknown outcome.
        (await Should.ThrowAsync<ZooKeeperConnectionLostException>(() => client.CreateAsync("/b", cancellationToken: Cancellation))).OutcomeUnknown.ShouldBeFalse();
    }

    [TimedFact]
    public async Task ConnectAsync_NobodyListens_SaysWhy()
    {
        var options = new ZooKeeperOptions($"127.0.0.1:{ZooKeeperServer.FreePort()}") { ConnectTimeout = TimeSpan.FromMilliseconds(300) };
        ZooKeeperConnectionLostException refused = await Should.ThrowAsync<ZooKeeperConnectionLostException>(() => ZooKeeperClient.ConnectAsync(options, Cancellation));
        refused.Message.ShouldContain("The last attempt: 127.0.0.1:");
        refused.OutcomeUnknown.ShouldBeFalse();
    }

    internal static Task<ZooKeeperClient> ConnectAsync(string connectString, double timeout, double wait = 30) => ZooKeeperClient.ConnectAsync(
        new ZooKeeperOptions(connectString) { SessionTimeout = TimeSpan.FromSeconds(timeout), ConnectionWait = TimeSpan.FromSeconds(wait), Seed = 7 }, Cancellation);
}
