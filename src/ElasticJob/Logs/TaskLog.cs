using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Logs;

/// <summary>
/// The log of one task: a file in the sandbox and, in memory, its last lines. Each line is written at once, so that the death of the
/// process loses none. Writing never throws: a full disk is not the job's fault.
/// </summary>
internal sealed class TaskLog : IDisposable
{
    public const int KeptLines = 20;
    public const int KeptCharacters = 500;
    private const long LargestFile = 256L * 1024 * 1024;
    private const int LongestLine = 32 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<string> last = new(KeptLines);
    private readonly StringBuilder partial = new();
    private readonly TimeProvider time;
    private Stream? output;
    private long written;

    public TaskLog(Stream? output, TimeProvider time)
    {
        this.output = output;
        this.time = time;
        written = output is { CanSeek: true } ? output.Position : 0;
    }

    /// <summary>Opens the log of a task, or one that keeps the last lines only where the file cannot be made.</summary>
    public static TaskLog Open(string path, TimeProvider time)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new TaskLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var log = new TaskLog(null, time);
            log.Write(LogLevel.Warning, "ElasticJob", $"The log file cannot be written, only these last lines are kept: {e.Message}", null);
            return log;
        }
    }

    /// <summary>Whether the task ended; what is written later goes to the log of the executor.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The last lines, newest last, as reports carry them.</summary>
    public IReadOnlyList<string> LastLines()
    {
        lock (gate)
        {
            return [.. last];
        }
    }

    /// <summary>Writes one entry: <c>2026-11-21T03:45:00.123Z info Category: message</c>, then the exception.</summary>
    public void Write(LogLevel level, string category, string message, Exception? exception)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Word(level)} {category}: {message}");
        WriteLines(exception is null ? text : $"{text}{Environment.NewLine}{exception}");
    }

    /// <summary>Writes lines as they are, such as the output of a script.</summary>
    public void WriteLines(string text)
    {
        lock (gate)
        {
            FlushPartial();
            foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
            {
                WriteLine(line);
            }
        }
    }

    /// <summary>Writes text that need not end at the end of a line, such as what a job prints to the console.</summary>
    public void WritePart(ReadOnlySpan<char> text)
    {
        lock (gate)
        {
            int newline;
            while ((newline = text.IndexOf('\n')) >= 0)
            {
                partial.Append(text[..newline].TrimEnd('\r'));
                text = text[(newline + 1)..];
                FlushPartial(evenIfEmpty: true);
            }

            partial.Append(text);
            if (partial.Length > LongestLine)
            {
                FlushPartial();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            FlushPartial();
            IsClosed = true;
            output?.Dispose();
            output = null;
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        _ => "none",
    };

    private void FlushPartial(bool evenIfEmpty = false)
    {
        if (partial.Length > 0 || evenIfEmpty)
        {
            string line = partial.ToString();
            partial.Clear();
            WriteLine(line);
        }
    }

    private void WriteLine(ReadOnlySpan<char> line)
    {
        if (last.Count == KeptLines)
        {
            last.Dequeue();
        }

        last.Enqueue(line.Length <= KeptCharacters ? line.ToString() : $"{line[..(KeptCharacters - 1)]}…");
        if (output is null || written > LargestFile)
        {
            return;
        }

        try
        {
            byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(Math.Min(line.Length, LongestLine)) + 1];
            int count = Encoding.UTF8.GetBytes(line[..Math.Min(line.Length, LongestLine)], bytes);
            bytes[count++] = (byte)'\n';
            output.Write(bytes, 0, count);
            written += count;
            if (written > LargestFile)
            {
                output.Write("The log has reached 256 MiB; the rest is not written.\n"u8);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            last.Enqueue($"The log file could not be written: {e.Message}");
            output = null;
        }
    }
}
