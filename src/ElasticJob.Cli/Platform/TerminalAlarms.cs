using Microsoft.Extensions.Logging;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// Tells whoever watches the terminal what keeps the platform from working, such as a full disk: its log may be on that very disk. What is
/// repeated is told once a minute.
/// </summary>
internal sealed class TerminalAlarms(TextWriter error, TimeProvider time) : ILoggerProvider
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly Lock writing = new();
    private readonly Dictionary<int, long> told = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
        // The terminal is not ours.
    }

    private void Tell(int id, string message)
    {
        lock (writing)
        {
            if (told.TryGetValue(id, out long last) && time.GetElapsedTime(last) < Pause)
            {
                return;
            }

            told[id] = time.GetTimestamp();
            try
            {
                error.WriteLine($"elasticjob: {message}");
                error.Flush();
            }
            catch (IOException)
            {
                // Nobody watches any more.
            }
        }
    }

    private sealed class Logger(TerminalAlarms alarms) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is LogLevel.Error or LogLevel.Critical;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                alarms.Tell(eventId.Id, formatter(state, exception));
            }
        }
    }
}
