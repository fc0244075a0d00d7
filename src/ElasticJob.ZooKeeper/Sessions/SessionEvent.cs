namespace ElasticJob.ZooKeeper;

/// <summary>A change of the session's state.</summary>
/// <param name="State">The new state.</param>
/// <param name="Server">The server it is attached to; null if to none.</param>
public sealed record SessionEvent(SessionState State, ServerAddress? Server);
