namespace ElasticJob.ZooKeeper;

/// <summary>A node that was created.</summary>
/// <param name="Path">Its path; for a sequential node with the number that the server appended.</param>
/// <param name="Stat">Its numbers.</param>
public sealed record CreatedNode(string Path, Stat Stat);
