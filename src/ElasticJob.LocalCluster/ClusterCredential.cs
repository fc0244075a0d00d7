namespace ElasticJob.Local;

/// <summary>A principal and its secret for HTTP Basic.</summary>
/// <param name="Principal">The name; it becomes the framework's principal.</param>
/// <param name="Secret">The secret; it is never logged.</param>
public sealed record ClusterCredential(string Principal, string Secret)
{
    /// <summary>Shows the principal only.</summary>
    public override string ToString() => Principal;
}
