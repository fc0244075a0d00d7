using System.Diagnostics;
using System.Globalization;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage.Sqlite;
using ElasticJob.Storage.Tests.Contract;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.Storage.Tests;

public sealed class SqliteStateStoreTests : DurableStateStoreContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-state-").FullName;

    private string FilePath => Path.Combine(folder, "state.db");

    private protected override (string Kind, string Place) Child => ("sqlite", folder);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Without the lock of the folder, so that the fence has to hold by itself.
    protected override IStateStore Create() => new SqliteStateStore(folder, locksFolder: false);

    [TimedFact]
    public async Task OpenAsync_FolderHeldByALivingProcess_IsRefusedUntilItIsKilled()
    {
        using Process child = CommitLoop.Start("sqlite", folder);
        try
        {
            (await child.StandardOutput.ReadLineAsync(Cancellation)).ShouldBe("open");
            await using var second = new SqliteStateStore(folder);
            string message = (await Should.ThrowAsync<StateStoreException>(async () => await second.OpenAsync(Cancellation))).Message;
            message.ShouldContain($"in use by process {child.Id}");
            message.ShouldContain(folder);
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
        }

        await using var store = new SqliteStateStore(folder);
        (await store.OpenAsync(Cancellation)).Epoch.ShouldBe(2);
    }

    [TimedFact]
    public async Task CommitAsync_NoRoomLeft_WritesNothingAndGoesOnAfterwards()
    {
        await using var store = new SqliteStateStore(folder) { MostPages = 40 };
        await store.OpenAsync(Cancellation);
        await store.CommitAsync([Put("a", "1")], Cancellation);
        Mutation[] large = [Put("a", "2"), .. Enumerable.Range(0, 100).Select(i => new Mutation($"large/{i}", new byte[4000]))];

        StateStoreException full = await Should.ThrowAsync<StateStoreException>(async () => await store.CommitAsync(large, Cancellation));

        full.Message.ShouldContain("no room left");
        full.OutcomeUnknown.ShouldBeFalse();
        await store.CommitAsync([Put("b", "1")], Cancellation);
        Text(await store.OpenAsync(Cancellation)).ShouldBe(["a=1", "b=1"]);
    }

    [TimedFact]
    public async Task OpenAsync_NotADatabase_SaysWhatToDo()
    {
        await File.WriteAllTextAsync(FilePath, string.Concat(Enumerable.Repeat("not a database ", 1000)), Cancellation);
        await using var store = new SqliteStateStore(folder);
        (await Should.ThrowAsync<StateStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain("put a backup in its place");
    }

    [TimedFact]
    public async Task OpenAsync_PagesOverwritten_IsFoundOnOpening()
    {
        await using (var store = new SqliteStateStore(folder))
        {
            await store.OpenAsync(Cancellation);
            await store.CommitAsync([.. Enumerable.Range(0, 200).Select(i => new Mutation($"k/{i:000}", new byte[500]))], Cancellation);
        }

        await using (FileStream file = File.OpenWrite(FilePath))
        {
            file.Position = file.Length / 2;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, 8192).ToArray(), Cancellation);
        }

        await using var again = new SqliteStateStore(folder);
        (await Should.ThrowAsync<StateStoreException>(async () => await again.OpenAsync(Cancellation))).Message.ShouldContain("is damaged");
    }

    [TimedFact]
    public async Task OpenAsync_NewerLayout_IsRefused()
    {
        await using (var store = new SqliteStateStore(folder))
        {
            await store.OpenAsync(Cancellation);
        }

        using (SqliteDatabase database = SqliteDatabase.OpenWriter(FilePath))
        {
            database.Run("update meta set value = 7 where name = 'layout'");
        }

        await using var again = new SqliteStateStore(folder);
        (await Should.ThrowAsync<StateStoreException>(async () => await again.OpenAsync(Cancellation))).Message.ShouldContain("newer ElasticJob (layout 7; this one knows 1)");
    }

    [TimedFact]
    public async Task OpenAsync_DatabaseOfAnotherProgram_IsRefused()
    {
        using (SqliteDatabase database = SqliteDatabase.OpenWriter(FilePath))
        {
            database.Run("create table songs(title text)");
        }

        await using var store = new SqliteStateStore(folder);
        (await Should.ThrowAsync<StateStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain("another program");
    }

    [TimedFact]
    public async Task OpenAsync_FolderCannotBe_SaysWhere()
    {
        string file = Path.Combine(folder, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        await using var store = new SqliteStateStore(Path.Combine(file, "data"));
        (await Should.ThrowAsync<StateStoreException>(async () => await store.OpenAsync(Cancellation))).Message.ShouldContain($"{file}/data cannot be written");
    }

    [TimedFact]
    public async Task CommitAsync_ManyTimes_KeepsTheLogSmall()
    {
        await using var store = new SqliteStateStore(folder);
        await store.OpenAsync(Cancellation);
        for (int i = 0; i < 100; i++)
        {
            await store.CommitAsync([.. Enumerable.Range(0, 100).Select(n => new Mutation($"k/{n}", [(byte)i, .. new byte[3000]]))], Cancellation);
        }

        // About 40 MB went through it.
        new FileInfo(FilePath + "-wal").Length.ShouldBeLessThan(16 << 20);
        new FileInfo(Path.Combine(folder, "state.pid")).Length.ShouldBe(Environment.ProcessId.ToString(CultureInfo.InvariantCulture).Length);
    }
}
