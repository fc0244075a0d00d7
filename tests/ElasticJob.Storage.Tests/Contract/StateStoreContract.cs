using System.Text;
using ElasticJob.Scheduling.State;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.Storage.Tests.Contract;

/// <summary>What every state store must do. An implementation derives from this and says how a store over the test's own place is made.</summary>
public abstract class StateStoreContract
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A store that is not open yet; all stores of one test share their records.</summary>
    protected abstract IStateStore Create();

    [TimedFact]
    public async Task OpenAsync_EmptyPlace_HasNoRecords()
    {
        await using IStateStore store = Create();
        StoredState state = await store.OpenAsync(Cancellation);
        state.Records.ShouldBeEmpty();
        state.Epoch.ShouldBeGreaterThan(0);
    }

    [TimedFact]
    public async Task CommitAsync_PutsChangesAndDeletes_AreThereAfterReopening()
    {
        await using IStateStore store = Create();
        StoredState first = await store.OpenAsync(Cancellation);
        await store.CommitAsync([Put("jobs/b", "1"), Put("jobs/a", "1"), Put("empty", "")], Cancellation);
        await store.CommitAsync([Put("jobs/b", "2"), new Mutation("jobs/a", null), new Mutation("never", null)], Cancellation);

        await using IStateStore next = Create();
        StoredState state = await next.OpenAsync(Cancellation);
        Text(state).ShouldBe(["empty=", "jobs/b=2"]);
        state.Epoch.ShouldBeGreaterThan(first.Epoch);
    }

    [TimedFact]
    public async Task CommitAsync_KeyTwiceInOneBatch_LastWins()
    {
        await using IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        await store.CommitAsync([Put("a", "1"), Put("a", "2"), new Mutation("b", null), Put("b", "3"), Put("c", "4"), new Mutation("c", null)], Cancellation);
        Text(await store.OpenAsync(Cancellation)).ShouldBe(["a=2", "b=3"]);
    }

    [TimedFact]
    public async Task OpenAsync_Records_AreInOrdinalOrder()
    {
        await using IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        string[] keys = ["b", "a/b", "a", "A", "a-b", "ü", "\U0001F600", "\uFF5E"];
        await store.CommitAsync([.. keys.Select(key => Put(key, key))], Cancellation);
        Array.Sort(keys, StringComparer.Ordinal);
        (await store.OpenAsync(Cancellation)).Records.Select(record => record.Key).ShouldBe(keys);
    }

    [TimedFact]
    public async Task CommitAsync_OlderWriter_IsFencedAndWritesNothing()
    {
        await using IStateStore older = Create();
        StoredState first = await older.OpenAsync(Cancellation);
        await older.CommitAsync([Put("a", "1")], Cancellation);
        await using IStateStore newer = Create();
        await newer.OpenAsync(Cancellation);

        FencedException fenced = await Should.ThrowAsync<FencedException>(async () => await older.CommitAsync([Put("a", "2"), Put("b", "2")], Cancellation));

        fenced.Epoch.ShouldBe(first.Epoch);
        await Should.ThrowAsync<FencedException>(async () => await older.CommitAsync([], Cancellation));
        await newer.CommitAsync([Put("c", "3")], Cancellation);
        Text(await newer.OpenAsync(Cancellation)).ShouldBe(["a=1", "c=3"]);
    }

    [TimedFact]
    public async Task CommitAsync_AKeyIsEmpty_NothingIsWritten()
    {
        await using IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        await Should.ThrowAsync<ArgumentException>(async () => await store.CommitAsync([Put("a", "1"), Put("", "1")], Cancellation));
        (await store.OpenAsync(Cancellation)).Records.ShouldBeEmpty();
    }

    [TimedFact]
    public async Task CommitAsync_NotOpen_IsRefused()
    {
        await using IStateStore store = Create();
        (await Should.ThrowAsync<StateStoreException>(async () => await store.CommitAsync([Put("a", "1")], Cancellation))).Message.ShouldContain("not open");
    }

    [TimedFact]
    public async Task CommitAsync_Cancelled_WritesNothing()
    {
        await using IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        await Should.ThrowAsync<OperationCanceledException>(async () => await store.CommitAsync([Put("a", "1")], new CancellationToken(true)));
        (await store.OpenAsync(Cancellation)).Records.ShouldBeEmpty();
    }

    [TimedFact]
    public async Task CommitAsync_SeveralAtOnce_AllAreWritten()
    {
        await using IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => store.CommitAsync([Put($"k/{i:00}", "x"), Put("last", $"{i}")], Cancellation).AsTask()));
        (await store.OpenAsync(Cancellation)).Records.Count.ShouldBe(51);
    }

    [TimedFact]
    public async Task CommitAsync_AfterDispose_IsRefused()
    {
        IStateStore store = Create();
        await store.OpenAsync(Cancellation);
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(async () => await store.CommitAsync([Put("a", "1")], Cancellation));
    }

    protected static Mutation Put(string key, string value) => new(key, Encoding.UTF8.GetBytes(value));

    protected static IEnumerable<string> Text(StoredState state) =>
        state.Records.Select(record => $"{record.Key}={Encoding.UTF8.GetString(record.Value!)}");
}
