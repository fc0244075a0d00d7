using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <summary>A framework does not want these resources of an agent, nor fewer of them, for a while.</summary>
internal sealed record RefusalFilter(string Role, AgentID Agent, ResourceSum Refused)
{
    public ITimer? Expiry { get; set; }
}
