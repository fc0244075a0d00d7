namespace ElasticJob.ZooKeeper.Wire;

/// <summary>Request ids with a fixed meaning; ordinary requests count up from 1.</summary>
internal static class Xid
{
    public const int Notification = -1;
    public const int Ping = -2;
    public const int Auth = -4;
    public const int SetWatches = -8;
}
