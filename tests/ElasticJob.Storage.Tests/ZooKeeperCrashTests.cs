using ElasticJob.Scheduling.State;
using ElasticJob.ZooKeeper;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.Storage.Tests;

/// <summary>
/// A commit that is larger than a request is several transactions. The connection is cut at each of them, before and after the server does it:
/// what is there afterwards is the whole batch or nothing of it.
/// </summary>
public sealed class ZooKeeperCrashTests(OneZooKeeper one) : IClassFixture<OneZooKeeper>
{
    /// <summary>Three parts, and the entry.</summary>
    private const int Transactions = 4;

    private static readonly Mutation[] Large = MakeLarge();

    private readonly ZooKeeperOptions place = one.NewPlace();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int, bool> Cuts()
    {
        var cuts = new TheoryData<int, bool>();
        for (int transactions = 0; transactions < Transactions; transactions++)
        {
            cuts.Add(transactions, false);
            cuts.Add(transactions, true);
        }

        return cuts;
    }

    [TimedTheory]
    [MemberData(nameof(Cuts))]
    public async Task CommitAsync_CutAndTakenOver_IsThereWholeOrNotAtAllAndTheOldWriterIsFenced(int transactions, bool done)
    {
        await using var proxy = new CommitProxy(place.ConnectString.Servers[0].Port);
        await using ZooKeeperStateStore old = await OpenAsync(proxy);
        proxy.CutAfter(transactions, done, back: false);
        Task commit = old.CommitAsync(Large, Cancellation).AsTask();
        await proxy.Struck.WaitAsync(Cancellation);

        // The leader is cut off; the next one leads.
        await using var next = new ZooKeeperStateStore(place);
        StoredState found = await next.OpenAsync(Cancellation);
        bool whole = done && transactions == Transactions - 1;
        Check(found, whole);
        await next.CommitAsync([new Mutation("next", [2])], Cancellation);

        // The old one comes back and goes on with what it was at.
        proxy.Mend();
        FencedException fenced = await Should.ThrowAsync<FencedException>(commit);
        fenced.OutcomeUnknown.ShouldBeTrue();
        await Should.ThrowAsync<FencedException>(async () => await old.CommitAsync([new Mutation("late", [3])], Cancellation));
        StoredState last = await next.OpenAsync(Cancellation);
        last.Records.ShouldContain(record => record.Key == "next");
        last.Records.ShouldNotContain(record => record.Key == "late");
        Check(last, whole);
    }

    [TimedTheory]
    [MemberData(nameof(Cuts))]
    public async Task CommitAsync_CutForAMoment_IsDoneOnce(int transactions, bool done)
    {
        await using var proxy = new CommitProxy(place.ConnectString.Servers[0].Port);
        await using ZooKeeperStateStore store = await OpenAsync(proxy);
        proxy.CutAfter(transactions, done, back: true);
        await store.CommitAsync(Large, Cancellation);
        proxy.Struck.IsCompletedSuccessfully.ShouldBeTrue();
        await store.CommitAsync([new Mutation("small", [9])], Cancellation);
        Check(await store.OpenAsync(Cancellation), whole: true);

        // One entry each for the three commits, and the parts of the large one.
        await store.Compaction;
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(place, Cancellation);
        (await client.GetChildrenAsync("/state/journal", cancellationToken: Cancellation)).Names.Count.ShouldBe(3 + Transactions - 1);
    }

    private async Task<ZooKeeperStateStore> OpenAsync(CommitProxy proxy)
    {
        var store = new ZooKeeperStateStore(new ZooKeeperOptions(proxy.Address + place.ConnectString.Chroot) { SessionTimeout = TimeSpan.FromSeconds(60) });
        await store.OpenAsync(Cancellation);
        await store.CommitAsync([new Mutation("before", [1])], Cancellation);
        await store.Compaction;
        return store;
    }

    private static void Check(StoredState state, bool whole)
    {
        state.Records.ShouldContain(record => record.Key == "before");
        Mutation[] large = [.. state.Records.Where(record => record.Key.StartsWith("large/", StringComparison.Ordinal))];
        large.Length.ShouldBe(whole ? Large.Length : 0);
        large.Zip(Large).All(pair => pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value)).ShouldBeTrue();
    }

    private static Mutation[] MakeLarge()
    {
        // What compression cannot make small.
        var random = new Random(11);
        Mutation[] large = [.. Enumerable.Range(0, 4).Select(i => new Mutation($"large/{i}", new byte[600_000]))];
        foreach (Mutation mutation in large)
        {
            random.NextBytes(mutation.Value!);
        }

        return large;
    }
}
