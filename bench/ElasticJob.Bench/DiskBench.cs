using System.Diagnostics;

namespace ElasticJob.Bench;

/// <summary>What the disk takes for a durable write: every latency above contains it, and it differs from minute to minute.</summary>
internal static class DiskBench
{
    private const int Writes = 200;
    private const int Page = 4096;

    public static void Run(Table table, string when)
    {
        string path = Path.Combine(Path.GetTempPath(), $"elasticjob-bench-{Environment.ProcessId}.sync");
        try
        {
            using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            List<double> append = Sync(file);
            file.Position = 0;
            List<double> over = Sync(file);
            table.Add(
                $"disk: durable write of 4 KiB, {when}",
                Table.Text($"{Table.Quantile(append, 0.5):0.0} / {Table.Quantile(append, 0.99):0.0} ms"),
                Table.Text($"p50 / p99 appended (a log that grows); overwritten (a log that is used again) {Table.Quantile(over, 0.5):0.0} / {Table.Quantile(over, 0.99):0.0} ms"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<double> Sync(FileStream file)
    {
        byte[] page = new byte[Page];
        var times = new List<double>(Writes);
        for (int i = 0; i < Writes; i++)
        {
            long from = Stopwatch.GetTimestamp();
            file.Write(page);
            file.Flush(flushToDisk: true);
            times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }

        times.Sort();
        return times;
    }
}
