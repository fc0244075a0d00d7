using System.Diagnostics;
using System.Globalization;
using System.Text;
using ElasticJob.Scheduling.State;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Storage.Tests.Contract;

/// <summary>Numbered batches whose fold is known, so that a state found after a crash can be told to be a prefix of them, or not.</summary>
internal static class CommitLoop
{
    public const string Argument = "commit-loop";

    /// <summary>Batch <paramref name="n"/>: raises the counter, adds a record, deletes an old one, changes a shared one, and is large now and then.</summary>
    public static IReadOnlyList<Mutation> Batch(int n)
    {
        byte[] value = Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture));
        var batch = new List<Mutation> { new("counter", value), new($"record/{n}", value), new($"record/{n - 5}", null), new($"slot/{n % 7}", value) };
        int more = n % 10 == 0 ? 300 : 3;
        for (int i = 0; i < more; i++)
        {
            batch.Add(new Mutation($"page/{i}", [.. value, .. new byte[500]]));
        }

        return batch;
    }

    public static SortedDictionary<string, byte[]> Fold(int last)
    {
        var state = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (Mutation mutation in Enumerable.Range(1, last).SelectMany(Batch))
        {
            if (mutation.Value is { } value)
            {
                state[mutation.Key] = value;
            }
            else
            {
                state.Remove(mutation.Key);
            }
        }

        return state;
    }

    public static int Counter(StoredState state) => state.Records.FirstOrDefault(record => record.Key == "counter").Value is { } value
        ? int.Parse(Encoding.UTF8.GetString(value), CultureInfo.InvariantCulture)
        : 0;

    public static async Task RunForeverAsync(string kind, string place)
    {
        IStateStore store = kind switch
        {
            "sqlite" => new SqliteStateStore(place),
            "zookeeper" => new ZooKeeperStateStore(new ZooKeeperOptions(place)) { CompactAfterEntries = 7 },
            _ => throw new ArgumentException($"No state store is called {kind}."),
        };
        int n = Counter(await store.OpenAsync(CancellationToken.None));
        await Console.Out.WriteLineAsync("open");
        while (true)
        {
            n++;
            await store.CommitAsync(Batch(n), CancellationToken.None);
            await Console.Out.WriteLineAsync(n.ToString(CultureInfo.InvariantCulture));
            await Console.Out.FlushAsync();
        }
    }

    public static Process Start(string kind, string place)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (string argument in (string[])["exec", typeof(CommitLoop).Assembly.Location, Argument, kind, place])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
