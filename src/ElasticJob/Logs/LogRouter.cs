using Microsoft.Extensions.Logging;

namespace ElasticJob.Logs;

/// <summary>Brings every log entry to the log of the task in whose flow of control it was written; outside of tasks, to the executor's own.</summary>
internal sealed class LogRouter(TaskLog outside) : ILoggerProvider
{
    private readonly AsyncLocal<TaskLog?> current = new();

    /// <summary>The log of the task that runs here.</summary>
    public TaskLog Here => current.Value is { IsClosed: false } log ? log : outside;

    /// <summary>From here on, in this flow of control, entries belong to <paramref name="log"/>.</summary>
    public void Enter(TaskLog log) => current.Value = log;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogRouter router, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            router.Here.Write(logLevel, category, formatter(state, exception), exception);
    }
}
