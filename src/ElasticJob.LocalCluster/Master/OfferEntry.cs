using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <summary>An offer that has not been answered.</summary>
internal sealed record OfferEntry(OfferID Id, FrameworkEntry Framework, AgentEntry Agent, string Role, ResourceSum Resources)
{
    public ITimer? Timeout { get; set; }
}
