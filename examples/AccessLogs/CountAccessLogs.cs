using System.IO.Compression;
using ElasticJob;
using Microsoft.Extensions.Logging;

namespace AccessLogs;

/// <summary>
/// Counts web logs by hour. A file belongs to the shard that the hash of its name says, so shards never meet at a file; streaming, each shard
/// takes a few files at a time until none is left. A file's counts and the note that it is done are one transaction: a shard that is ended and
/// started again counts nothing twice.
/// </summary>
internal sealed class CountAccessLogs(AccessLogOptions options, StatisticsStore store, ILogger<CountAccessLogs> logger) : IDataflowJob<string>
{
    private const int FilesAtOnce = 8;

    public ValueTask<IReadOnlyList<string>> FetchAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(options.Logs))
        {
            logger.LogInformation("There is no folder {Folder}; 'AccessLogs generate' makes one", options.Logs);
            return ValueTask.FromResult<IReadOnlyList<string>>([]);
        }

        HashSet<string> done = store.Processed();
        string[] mine =
        [
            .. Directory.EnumerateFiles(options.Logs, "*.gz")
                .Where(f => ShardOf(Path.GetFileName(f), context.ShardingTotalCount) == context.ShardingItem && !done.Contains(Path.GetFileName(f)))
                .Order(StringComparer.Ordinal)
                .Take(FilesAtOnce),
        ];
        return ValueTask.FromResult<IReadOnlyList<string>>(mine);
    }

    public async ValueTask ProcessAsync(ShardingContext context, IReadOnlyList<string> data, CancellationToken cancellationToken)
    {
        for (int i = 0; i < data.Count; i++)
        {
            Dictionary<(string Hour, int Status), (long Requests, long Bytes)> counts = await CountAsync(data[i], cancellationToken);
            store.Add(Path.GetFileName(data[i]), counts);
            logger.LogInformation("{File}: {Requests} requests", Path.GetFileName(data[i]), counts.Values.Sum(c => c.Requests));
            context.ReportProgress((i + 1.0) / data.Count, Path.GetFileName(data[i]));
        }
    }

    /// <summary>FNV-1a: the same in every process, which string.GetHashCode is not.</summary>
    internal static int ShardOf(string name, int shards)
    {
        uint hash = 2166136261;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)(hash % (uint)shards);
    }

    private static async Task<Dictionary<(string Hour, int Status), (long Requests, long Bytes)>> CountAsync(string file, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<(string Hour, int Status), (long Requests, long Bytes)>();
        await using var zipped = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var lines = new StreamReader(zipped);
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (LogLine.TryParse(line, out string hour, out int status, out long bytes))
            {
                (long requests, long sum) = counts.GetValueOrDefault((hour, status));
                counts[(hour, status)] = (requests + 1, sum + bytes);
            }
        }

        return counts;
    }
}
