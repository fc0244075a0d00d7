using System.Globalization;
using System.Text;

namespace ElasticJob.Chaos.App;

/// <summary>What a shard did.</summary>
internal enum Deed
{
    /// <summary>Its code began.</summary>
    Start,

    /// <summary>Its code came to its end.</summary>
    End,
}

/// <summary>One line of the file.</summary>
internal sealed record WitnessLine(Deed Deed, string Job, string Run, int Shard, int Attempt, long Fencing, DateTimeOffset At);

/// <summary>The executors' own record: a line for each start and end, in one write each, so that lines of several processes do not mix.</summary>
internal sealed class WitnessFile(string path)
{
    private readonly Lock gate = new();

    public void Write(Deed deed, ShardingContext context)
    {
        lock (gate)
        {
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{deed} {context.JobName} {context.RunId} {context.ShardingItem} {context.Attempt} {context.FencingToken} {TimeProvider.System.GetUtcNow().UtcTicks}\n");
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.UTF8.GetBytes(line));
        }
    }

    public IReadOnlyList<WitnessLine> Read() => File.Exists(path)
        ? [.. File.ReadAllLines(path).Select(line => line.Split(' ')).Select(w => new WitnessLine(
            Enum.Parse<Deed>(w[0]), w[1], w[2], Number(w[3]), Number(w[4]), long.Parse(w[5], CultureInfo.InvariantCulture), new DateTimeOffset(long.Parse(w[6], CultureInfo.InvariantCulture), TimeSpan.Zero)))]
        : [];

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
