using Microsoft.Extensions.Logging;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>What the client logs. Event ids 4000 to 4099.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(4000, LogLevel.Information, "ZooKeeper session 0x{Session:x} is {State} at {Server}, timeout {Timeout}")]
    public static partial void Attached(this ILogger logger, long session, SessionState state, ServerAddress server, TimeSpan timeout);

    [LoggerMessage(4001, LogLevel.Warning, "ZooKeeper session 0x{Session:x} lost its connection to {Server}: {Reason}. {Sent} requests had been sent")]
    public static partial void Suspended(this ILogger logger, long session, ServerAddress server, string reason, int sent);

    [LoggerMessage(4002, LogLevel.Debug, "ZooKeeper server {Server} did not take the session: {Reason}")]
    public static partial void NotTaken(this ILogger logger, ServerAddress server, string reason);

    [LoggerMessage(4003, LogLevel.Information, "ZooKeeper session 0x{Session:x} has ended: {State}")]
    public static partial void Ended(this ILogger logger, long session, SessionState state);

    [LoggerMessage(4004, LogLevel.Error, "The ZooKeeper server did not set the watches again: {Error}")]
    public static partial void WatchesRefused(this ILogger logger, ZooKeeperError error);
}
