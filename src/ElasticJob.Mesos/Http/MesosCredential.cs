namespace ElasticJob.Mesos.Http;

/// <summary>Principal and secret for HTTP Basic authentication.</summary>
/// <param name="Principal">The principal, as known to the master.</param>
/// <param name="Secret">Its secret; never printed.</param>
public sealed record MesosCredential(string Principal, string Secret)
{
    /// <summary>The principal only.</summary>
    public override string ToString() => $"MesosCredential {{ Principal = {Principal} }}";
}
