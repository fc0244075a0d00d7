using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <summary>An agent as the master knows it.</summary>
internal sealed class AgentEntry(AgentInfo info)
{
    public AgentInfo Info { get; set; } = info;

    public AgentID Id => Info.Id;

    /// <summary>Null while the agent is not registered.</summary>
    public AgentConnection? Link { get; set; }

    public ResourceSum Total { get; set; } = ResourceSum.Of(info.Resources);

    /// <summary>Of live tasks and executors.</summary>
    public ResourceSum Used { get; set; } = new();

    public ResourceSum Offered { get; set; } = new();

    public Dictionary<(FrameworkID Framework, ExecutorID Executor), (ExecutorInfo Info, string Role)> Executors { get; } = [];

    /// <summary>An agent that was registered before a restart of the master and has not come back yet: nothing is said about its tasks.</summary>
    public bool Recovering { get; set; }

    public DateTimeOffset RegisteredAt { get; set; }

    /// <summary>When its tasks were told to be unreachable; null while they are not.</summary>
    public DateTimeOffset? UnreachableSince { get; set; }

    public ResourceSum Free() => Total.Copy().Subtract(Used).Subtract(Offered);
}
