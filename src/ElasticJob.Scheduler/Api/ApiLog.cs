using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Api;

/// <summary>Log messages of the API; event ids 5000 to 5099.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(5000, LogLevel.Information, "Audit: {Actor} from {Remote} asked {Method} {Path} and was answered {Status}")]
    public static partial void Audit(ILogger logger, string actor, string remote, string method, string path, int status);

    [LoggerMessage(5001, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(5002, LogLevel.Warning, "The event store could not be read")]
    public static partial void StoreFailed(ILogger logger, Exception exception);

    [LoggerMessage(5003, LogLevel.Warning, "The log of task {Task} could not be read: {Reason}")]
    public static partial void LogUnreadable(ILogger logger, string task, string reason);
}
