namespace ElasticJob.EndToEnd;

/// <summary>
/// Where jobs say, past the platform, what they did: a line in the file <c>lines</c> for each start and end. The file <c>open</c>, put there by
/// a test, lets gated shards end.
/// </summary>
internal sealed class WitnessFolder(string path)
{
    private static readonly Lock Writing = new();

    public bool IsOpen => File.Exists(Path.Combine(path, "open"));

    /// <summary>The folder in the environment variable <c>WITNESS</c>; without it, nothing is written.</summary>
    public static WitnessFolder FromEnvironment() => new(Environment.GetEnvironmentVariable("WITNESS") ?? "");

    /// <summary>Appends <c>WHAT JOB RUN SHARD ATTEMPT FENCING PROCESS</c>: in one write, so that lines of several processes do not mix.</summary>
    public void Write(string what, ShardingContext context)
    {
        if (path.Length == 0)
        {
            return;
        }

        byte[] line = System.Text.Encoding.UTF8.GetBytes(
            $"{what} {context.JobName} {context.RunId} {context.ShardingItem} {context.Attempt} {context.FencingToken} {Environment.ProcessId}\n");
        lock (Writing)
        {
            using var file = new FileStream(Path.Combine(path, "lines"), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(line);
        }
    }
}
