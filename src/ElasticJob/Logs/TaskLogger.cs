using Microsoft.Extensions.Logging;

namespace ElasticJob.Logs;

/// <summary>A logger that is bound to one task's log, wherever it is used from.</summary>
internal sealed class TaskLogger(TaskLog log, string category) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is not (LogLevel.None or LogLevel.Trace or LogLevel.Debug);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            log.Write(logLevel, category, formatter(state, exception), exception);
        }
    }
}
