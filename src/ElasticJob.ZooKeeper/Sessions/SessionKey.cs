namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>What a client must show to attach to a session that exists.</summary>
internal sealed record SessionKey(long Id, byte[] Password);
