using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;

namespace ElasticJob.Cli.Platform;

/// <summary>Makes the data folder ready and keeps every other platform out of it for as long as this process lives, however it ends.</summary>
internal sealed class DataFolderLock : IDisposable
{
    private readonly FileStream file;
    private readonly DataFolder data;

    private DataFolderLock(FileStream file, DataFolder data)
    {
        this.file = file;
        this.data = data;
    }

    public static DataFolderLock Take(DataFolder data)
    {
        try
        {
            data.Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(data, e);
        }

        FileStream file;
        try
        {
            // .NET holds flock(2) on a file opened with FileShare.None; the kernel lets go when the process ends, even by kill -9.
            file = new FileStream(data.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(data.LockFile) && !IsFull(e))
        {
            string owner = OwnerOf(data) is { } process ? $" by process {process}" : "";
            throw CliException.Refused($"The data folder {data.Path} is in use{owner}. End that platform first, or give this one its own: elasticjob up --data DIR --port PORT.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(data, e);
        }

        try
        {
            // A full disk shows when bytes are written, not when a file is made.
            file.Write(new byte[4096]);
            file.Flush(flushToDisk: true);
        }
        catch (IOException e)
        {
            file.Dispose();
            throw NotWritable(data, e);
        }

        return new DataFolderLock(file, data);
    }

    /// <summary>Notes who holds the lock, for the message of a second start.</summary>
    public void Announce(Uri address) =>
        File.WriteAllText(data.OwnerFile, new JsonObject { ["process"] = Environment.ProcessId, ["address"] = address.AbsoluteUri }.ToJsonString(Json.Indented));

    public void Dispose()
    {
        try
        {
            File.Delete(data.OwnerFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is only a note.
        }

        file.Dispose();
    }

    private static string? OwnerOf(DataFolder data)
    {
        try
        {
            JsonNode? owner = JsonNode.Parse(File.ReadAllText(data.OwnerFile));
            return $"{owner.Text("process")} ({owner.Text("address")})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static CliException NotWritable(DataFolder data, Exception e)
    {
        string mend = IsFull(e) ? "Free some space on its disk" : "Give the user of this process the right to write there";
        return CliException.Refused($"The data folder {data.Path} cannot be written: {e.Message.TrimEnd('.')}. {mend}, or choose another folder with --data DIR.");
    }

    /// <summary>ENOSPC and EDQUOT.</summary>
    private static bool IsFull(Exception e) =>
        e.HResult is 28 or 122 || e.Message.Contains("No space left", StringComparison.Ordinal) || e.Message.Contains("not enough space", StringComparison.OrdinalIgnoreCase);
}
