using System.Diagnostics;
using System.Globalization;

namespace ElasticJob.Storage.Sqlite;

/// <summary>
/// Keeps a second scheduler out of a data folder. The operating system holds the lock for the open file and drops it with the process, however that
/// ends; the text beside it only serves the message.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream file;
    private readonly string ownerPath;

    private FolderLock(FileStream file, string ownerPath)
    {
        this.file = file;
        this.ownerPath = ownerPath;
    }

    /// <summary>Locks the folder for this process.</summary>
    /// <exception cref="StateStoreException">Another process has it, or the folder cannot be written.</exception>
    public static FolderLock Take(string folder)
    {
        string lockPath = Path.Combine(folder, "state.lock");
        string ownerPath = Path.Combine(folder, "state.pid");
        FileStream file;
        try
        {
            Directory.CreateDirectory(folder);
            file = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            throw new StateStoreException(
                $"The data folder {folder} is in use by {Owner(ownerPath)}. Stop that process, or use another folder.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(folder, exception);
        }

        try
        {
            File.WriteAllText(ownerPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new FolderLock(file, ownerPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw NotWritable(folder, exception);
        }
    }

    public void Dispose()
    {
        try
        {
            File.Delete(ownerPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is only read when the lock is held; a stale one misleads nobody.
        }

        file.Dispose();
    }

    // flock answers EWOULDBLOCK (11 on Linux, 35 on macOS), Windows a sharing violation.
    private static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static StateStoreException NotWritable(string folder, Exception exception) =>
        new($"The data folder {folder} cannot be written ({exception.Message}). Give the scheduler's user write permission there, free some space, or use another folder.", exception);

    private static string Owner(string path)
    {
        try
        {
            string text = File.ReadAllText(path).Trim();
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                return "another process";
            }

            using Process process = Process.GetProcessById(pid);
            return $"process {pid} ({process.ProcessName})";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return "another process";
        }
    }
}
