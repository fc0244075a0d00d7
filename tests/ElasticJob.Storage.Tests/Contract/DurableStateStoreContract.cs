using System.Diagnostics;
using System.Globalization;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.Storage.Tests.Contract;

/// <summary>What a state store must do whose records outlive the process.</summary>
public abstract class DurableStateStoreContract : StateStoreContract
{
    /// <summary>Name and place by which a child process opens the same records; see <see cref="CommitLoop"/>.</summary>
    private protected abstract (string Kind, string Place) Child { get; }

    [TimedTheory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(40)]
    public async Task CommitAsync_KilledInTheMiddle_LeavesAPrefixWithAllThatWasConfirmed(int acknowledgements)
    {
        int confirmed = 0;
        for (int round = 0; round < 3; round++)
        {
            using Process child = CommitLoop.Start(Child.Kind, Child.Place);
            try
            {
                (await child.StandardOutput.ReadLineAsync(Cancellation)).ShouldBe("open");
                for (int i = 0; i < acknowledgements + round; i++)
                {
                    confirmed = int.Parse((await child.StandardOutput.ReadLineAsync(Cancellation))!, CultureInfo.InvariantCulture);
                }
            }
            finally
            {
                child.Kill();
                await child.WaitForExitAsync(CancellationToken.None);
            }

            while (await child.StandardOutput.ReadLineAsync(Cancellation) is { Length: > 0 } line)
            {
                confirmed = int.TryParse(line, CultureInfo.InvariantCulture, out int n) ? Math.Max(n, confirmed) : confirmed;
            }

            await using IStateStore store = Create();
            StoredState state = await store.OpenAsync(Cancellation);
            int counter = CommitLoop.Counter(state);
            counter.ShouldBeInRange(confirmed, confirmed + 1);
            SortedDictionary<string, byte[]> expected = CommitLoop.Fold(counter);
            state.Records.Select(record => record.Key).ShouldBe(expected.Keys);
            state.Records.All(record => record.Value.AsSpan().SequenceEqual(expected[record.Key])).ShouldBeTrue();
        }
    }
}
