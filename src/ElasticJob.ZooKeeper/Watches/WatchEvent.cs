namespace ElasticJob.ZooKeeper;

/// <summary>Something that a watch tells.</summary>
/// <param name="Type">What.</param>
/// <param name="Path">The node it happened to; for the types from <see cref="WatchEventType.Reattached"/> on the path that is watched.</param>
public sealed record WatchEvent(WatchEventType Type, string Path);
