using System.Diagnostics;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage.Tests.Contract;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.Storage.Tests;

public sealed class ZooKeeperStateStoreTests(OneZooKeeper one) : DurableStateStoreContract, IClassFixture<OneZooKeeper>
{
    private readonly ZooKeeperOptions place = one.NewPlace();

    private protected override (string Kind, string Place) Child => ("zookeeper", place.ConnectString.ToString());

    protected override IStateStore Create() => Store();

    private ZooKeeperStateStore Store(int compactAfter = 7) => new(place) { CompactAfterEntries = compactAfter };

    [TimedFact]
    public async Task CommitAsync_LargerThanARequest_IsAtomicAndComesBack()
    {
        var random = new Random(3);
        Mutation[] large = [.. Enumerable.Range(0, 5).Select(i => new Mutation($"large/{i}", new byte[1_000_000]))];
        foreach (Mutation mutation in large)
        {
            random.NextBytes(mutation.Value!);
        }

        await using (ZooKeeperStateStore store = Store(compactAfter: 1_000))
        {
            await store.OpenAsync(Cancellation);
            await store.CommitAsync(large, Cancellation);
            await store.CommitAsync([Put("a", "1")], Cancellation);
            await store.Compaction;
        }

        for (int round = 0; round < 2; round++)
        {
            await using ZooKeeperStateStore next = Store();
            StoredState state = await next.OpenAsync(Cancellation);
            state.Records.Count.ShouldBe(6);
            state.Records.Skip(1).Zip(large).Count(pair => pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value)).ShouldBe(5);
        }
    }

    [TimedFact]
    public async Task CommitAsync_ManyTimes_KeepsFewNodes()
    {
        await using ZooKeeperStateStore store = Store(compactAfter: 20);
        await store.OpenAsync(Cancellation);
        for (int n = 1; n <= 200; n++)
        {
            await store.CommitAsync(CommitLoop.Batch(n), Cancellation);
            await store.Compaction;
        }

        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(place, Cancellation);
        (await client.GetAllChildrenNumberAsync("/state", Cancellation)).ShouldBeLessThan(40);
        StoredState state = await store.OpenAsync(Cancellation);
        state.Records.Select(record => record.Key).ShouldBe(CommitLoop.Fold(200).Keys);
    }

    [TimedFact]
    public async Task OpenAsync_AnUnfinishedCommitAndSnapshot_CountForNothingAndAreDeleted()
    {
        await using ZooKeeperStateStore store = Store(compactAfter: 1_000);
        await store.OpenAsync(Cancellation);
        await store.CommitAsync([Put("a", "1")], Cancellation);
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(place, Cancellation);
        await client.CreateAsync("/state/journal/000000000002-00000", "half"u8.ToArray(), cancellationToken: Cancellation);
        await client.CreateAsync("/state/snapshots/000000000001-9", cancellationToken: Cancellation);
        await client.CreateAsync("/state/snapshots/000000000001-9/00000", "half"u8.ToArray(), cancellationToken: Cancellation);

        await using ZooKeeperStateStore next = Store(compactAfter: 1_000);
        Text(await next.OpenAsync(Cancellation)).ShouldBe(["a=1"]);
        await next.CommitAsync([Put("b", "2")], Cancellation);
        Text(await next.OpenAsync(Cancellation)).ShouldBe(["a=1", "b=2"]);
        await next.Compaction;
        (await client.GetChildrenAsync("/state/journal", cancellationToken: Cancellation)).Names.Order(StringComparer.Ordinal).ShouldBe(["000000000001", "000000000003"]);
        (await client.GetChildrenAsync("/state/snapshots", cancellationToken: Cancellation)).Names.ShouldBeEmpty();
    }

    [TimedTheory]
    [InlineData("elasticjob-state layout=7", "newer ElasticJob (layout 7; this one knows 1)")]
    [InlineData("songs", "another program")]
    public async Task OpenAsync_NotOurLayout_IsRefused(string root, string message)
    {
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(place, Cancellation);
        await client.EnsurePathAsync("/state", cancellationToken: Cancellation);
        await client.SetDataAsync("/state", System.Text.Encoding.UTF8.GetBytes(root), cancellationToken: Cancellation);
        await using ZooKeeperStateStore store = Store();
        (await Should.ThrowAsync<StateStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain(message);
    }

    [TimedFact]
    public async Task OpenAsync_WrongDigest_SaysWhatToDo()
    {
        ZooKeeperOptions mine = place with { Authentication = [Authentication.Digest("me", "secret")], DefaultAcl = [Acl.Creator(Permissions.All)] };
        await using (var store = new ZooKeeperStateStore(mine))
        {
            await store.OpenAsync(Cancellation);
        }

        await using var other = new ZooKeeperStateStore(mine with { Authentication = [Authentication.Digest("me", "guess")] });
        (await Should.ThrowAsync<StateStoreException>(async () => await other.OpenAsync(Cancellation))).Message.ShouldContain("Check the digest credentials");
    }

    [TimedFact]
    public async Task CommitAsync_SessionOfTheCallerIsOver_TheWriterIsFenced()
    {
        ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(place, Cancellation);
        await using var store = new ZooKeeperStateStore(client);
        StoredState opened = await store.OpenAsync(Cancellation);
        await store.CommitAsync([Put("a", "1")], Cancellation);

        // Session, election and store end together: whoever has lost the one must not believe in the other.
        await client.CloseAsync();
        for (int i = 0; i < 2; i++)
        {
            FencedException over = await Should.ThrowAsync<FencedException>(async () => await store.CommitAsync([Put("b", "1")], Cancellation));
            over.Epoch.ShouldBe(opened.Epoch);
            over.OutcomeUnknown.ShouldBeFalse();
        }

        await Should.ThrowAsync<FencedException>(async () => await store.OpenAsync(Cancellation));
        await using ZooKeeperStateStore next = Store();
        Text(await next.OpenAsync(Cancellation)).ShouldBe(["a=1"]);
    }

    [TimedFact]
    public async Task CommitAsync_ServerDiesMeanwhile_EachCommitIsDoneOnce()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        var own = new ZooKeeperOptions(server.Address) { SessionTimeout = TimeSpan.FromSeconds(60) };
        await using var store = new ZooKeeperStateStore(own) { CompactAfterEntries = 20 };
        await store.OpenAsync(Cancellation);
        Task commits = CommitAsync(store, 300);
        await server.KillAsync();
        await server.StartAsync(Cancellation);
        await commits;
        await using var next = new ZooKeeperStateStore(own);
        StoredState state = await next.OpenAsync(Cancellation);
        CommitLoop.Counter(state).ShouldBe(300);
        state.Records.Select(record => record.Key).ShouldBe(CommitLoop.Fold(300).Keys);
    }

    [TimedFact]
    public async Task OpenAsync_SixtyThousandRecords_AreAllThere()
    {
        const int Count = 60_000;
        await using ZooKeeperStateStore store = Store(compactAfter: 1_000);
        await store.OpenAsync(Cancellation);
        long from = Stopwatch.GetTimestamp();
        foreach (int[] some in Enumerable.Range(0, Count).Chunk(1_000))
        {
            await store.CommitAsync(
                [.. some.Select(i => Put($"runs/{i:00000}", $$"""{"id":"{{i}}","job":"job-{{i % 997}}","state":"RUNNING","agent":"agent-{{i % 31}}","attempt":{{i}},"more":"{{Convert.ToHexString(BitConverter.GetBytes(i * 7919L))}}"}"""))],
                Cancellation);
        }

        double written = Stopwatch.GetElapsedTime(from).TotalSeconds;
        await using ZooKeeperStateStore next = Store();
        from = Stopwatch.GetTimestamp();
        (await next.OpenAsync(Cancellation)).Records.Count.ShouldBe(Count);
        double loaded = Stopwatch.GetElapsedTime(from).TotalSeconds;
        from = Stopwatch.GetTimestamp();
        for (int i = 0; i < 200; i++)
        {
            await next.CommitAsync([Put("counter", $"{i}")], Cancellation);
        }

        TestContext.Current.SendDiagnosticMessage(
            $"60 commits of 1,000 records {written:0.00} s; load of 60,000 {loaded:0.00} s; {200 / Stopwatch.GetElapsedTime(from).TotalSeconds:0} commits/s one at a time");
    }

    private static async Task CommitAsync(ZooKeeperStateStore store, int count)
    {
        for (int n = 1; n <= count; n++)
        {
            await store.CommitAsync(CommitLoop.Batch(n), Cancellation);
        }
    }
}
