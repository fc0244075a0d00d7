using System.Globalization;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// Writes the log of a part of the platform, a line per message. A file that grew beyond 16 MiB is put aside (<c>.1</c>) at the next start, so
/// that at most two are kept.
/// </summary>
internal sealed class FileLogs : ILoggerProvider
{
    private const long Largest = 16 * 1024 * 1024;
    private readonly Lock writing = new();
    private readonly TextWriter writer;
    private readonly bool owns;
    private readonly TimeProvider time;

    public FileLogs(string path, TimeProvider time)
    {
        if (File.Exists(path) && new FileInfo(path).Length > Largest)
        {
            File.Move(path, path + ".1", overwrite: true);
        }

        writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        owns = true;
        this.time = time;
    }

    public FileLogs(TextWriter writer, TimeProvider time)
    {
        this.writer = writer;
        this.time = time;
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        if (owns)
        {
            writer.Dispose();
        }
    }

    private void Write(LogLevel level, EventId id, string category, string message, Exception? exception)
    {
        string at = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string line = $"{at} {level,-11} {category}[{id.Id}] {message}{(exception is null ? "" : $"\n{exception}")}";
        lock (writing)
        {
            try
            {
                writer.WriteLine(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // A full disk must not end the platform through its log.
            }
        }
    }

    private sealed class Logger(FileLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Write(logLevel, eventId, category, formatter(state, exception), exception);
    }
}
