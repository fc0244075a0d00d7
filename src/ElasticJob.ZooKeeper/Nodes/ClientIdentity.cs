namespace ElasticJob.ZooKeeper;

/// <summary>An identity that the server knows of a session.</summary>
/// <param name="Scheme">The authentication scheme, such as <c>ip</c> or <c>digest</c>.</param>
/// <param name="User">The user in the scheme.</param>
public sealed record ClientIdentity(string Scheme, string User);
