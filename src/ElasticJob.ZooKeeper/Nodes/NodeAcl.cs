namespace ElasticJob.ZooKeeper;

/// <summary>The access control list of a node.</summary>
/// <param name="Entries">Its entries.</param>
/// <param name="Stat">The node's numbers at the same moment; <see cref="Stat.AclVersion"/> guards a change.</param>
public sealed record NodeAcl(IReadOnlyList<Acl> Entries, Stat Stat);
