using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class EnsembleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task Ensemble_StallsLeaderLossAndMinority_TheSessionLivesWhereItCan()
    {
        await using ZooKeeperEnsemble ensemble = await ZooKeeperEnsemble.StartAsync(Cancellation);
        await using ZooKeeperClient client = await SessionTests.ConnectAsync(ensemble.ConnectString, 6);
        long id = client.SessionId;
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral, cancellationToken: Cancellation);
        var watch = new OneTimeWatch();
        await client.ExistsAsync("/n", watch, Cancellation);
        using SessionSubscription session = client.SubscribeToSession();

        // 1. A stalled server: silence is noticed, the session goes to another server, the watch goes with it.
        ServerAddress stalled = client.Server!;
        ensemble.At(stalled).Stop();
        await UntilAsync(session, SessionState.Suspended);
        SessionEvent attached = await UntilAsync(session, SessionState.Connected);
        attached.Server.ShouldNotBe(stalled);
        client.SessionId.ShouldBe(id);
        ensemble.At(stalled).Continue();
        await TryUntilDoneAsync(() => client.CreateAsync("/n", cancellationToken: Cancellation));
        (await watch.Fired.WaitAsync(Cancellation)).Type.ShouldBe(WatchEventType.NodeCreated);

        // 2. The leader dies in the middle of writes: each has an outcome, and those confirmed are there.
        ZooKeeperServer leader = await LeaderAsync(ensemble);
        await TryUntilDoneAsync(() => client.CreateAsync("/w", cancellationToken: Cancellation));
        Task<CreatedNode>[] writes = [.. Enumerable.Range(0, 200).Select(i => client.CreateAsync($"/w/{i}", cancellationToken: Cancellation))];
        await leader.KillAsync();
        var confirmed = new List<string>();
        foreach (Task<CreatedNode> write in writes)
        {
            try
            {
                confirmed.Add((await write).Path);
            }
            catch (ZooKeeperConnectionLostException)
            {
            }
        }

        await TryUntilDoneAsync(() => client.SyncAsync(cancellationToken: Cancellation));
        NodeChildren children = await client.GetChildrenAsync("/w", cancellationToken: Cancellation);
        confirmed.ShouldBeSubsetOf(children.Names.Select(name => $"/w/{name}"));
        (await client.ExistsAsync("/e", cancellationToken: Cancellation))!.EphemeralOwner.ShouldBe(id);

        // 3. Two of three are gone: no majority, no server takes the session.
        await ensemble.Servers.First(server => server.IsRunning).KillAsync();
        do
        {
            // The first of these may still tell of the leader's death.
            await UntilAsync(session, SessionState.Suspended);
        }
        while (client.Server is not null);

        ZooKeeperServer alone = ensemble.Servers.Single(server => server.IsRunning);
        ConnectString address = ConnectString.Parse(alone.Address);
        ZooKeeperConnectionLostException refused = await Should.ThrowAsync<ZooKeeperConnectionLostException>(
            () => ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(address) { ConnectTimeout = TimeSpan.FromSeconds(5) }, Cancellation));
        refused.Message.ShouldContain("it may have no majority");
        while ((await ServerStatus.AskAsync(address.Servers[0], null, Limit.Server, TimeProvider.System, Cancellation)).State != ServerState.Idle)
        {
            // It has not noticed yet that the others are gone.
        }

        // 4. One comes back: a majority again.
        await leader.StartAsync(Cancellation);
        await TryUntilDoneAsync(() => client.SyncAsync(cancellationToken: Cancellation));
        (await client.GetChildrenAsync("/w", cancellationToken: Cancellation)).Names.Count.ShouldBe(children.Names.Count);
    }

    /// <summary>As with disks that take their time: reads and pings are answered, a write is not.</summary>
    [TimedFact]
    public async Task Write_TheMajorityIsSlow_WaitsAndTheSessionStands()
    {
        await using ZooKeeperEnsemble ensemble = await ZooKeeperEnsemble.StartAsync(Cancellation, "syncLimit=120");
        ZooKeeperServer leader = await LeaderAsync(ensemble);
        ZooKeeperServer[] followers = [.. ensemble.Servers.Where(server => server != leader)];
        await using ZooKeeperClient reader = await SessionTests.ConnectAsync(leader.Address, 60);
        await using ZooKeeperClient writer = await SessionTests.ConnectAsync(leader.Address, 60);
        await writer.CreateAsync("/slow", cancellationToken: Cancellation);
        using SessionSubscription session = writer.SubscribeToSession();

        foreach (ZooKeeperServer follower in followers)
        {
            follower.Stop();
        }

        Task<Stat> write = writer.SetDataAsync("/slow", "x"u8.ToArray(), cancellationToken: Cancellation);
        for (int i = 0; i < 200; i++)
        {
            // The leader has the write and does not show it before the majority has it.
            (await reader.GetDataAsync("/slow", cancellationToken: Cancellation)).Stat.Version.ShouldBe(0);
        }

        write.IsCompleted.ShouldBeFalse();
        foreach (ZooKeeperServer follower in followers)
        {
            follower.Continue();
        }

        (await write).Version.ShouldBe(1);
        session.Events.TryRead(out SessionEvent? change).ShouldBeFalse($"{change}");
    }

    private static async Task<SessionEvent> UntilAsync(SessionSubscription session, SessionState state)
    {
        while (true)
        {
            SessionEvent change = await session.Events.ReadAsync(Cancellation);
            if (change.State == state)
            {
                return change;
            }
        }
    }

    private static async Task TryUntilDoneAsync(Func<Task> request)
    {
        while (true)
        {
            try
            {
                await request();
                return;
            }
            catch (ZooKeeperConnectionLostException)
            {
            }
            catch (ZooKeeperException exists) when (exists.Error == ZooKeeperError.NodeExists)
            {
                return;
            }
        }
    }

    private static async Task<ZooKeeperServer> LeaderAsync(ZooKeeperEnsemble ensemble)
    {
        while (true)
        {
            try
            {
                return await ensemble.LeaderAsync(Cancellation);
            }
            catch (Exception e) when (e is InvalidOperationException or IOException)
            {
                // A server that was stalled is on its way back into the ensemble.
                Cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
