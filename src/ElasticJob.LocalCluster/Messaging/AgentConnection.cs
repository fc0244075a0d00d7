namespace ElasticJob.Local.Messaging;

/// <summary>
/// An agent's connection to the master: from its registration until one of the two goes away. What arrives late on an earlier connection counts
/// for nothing, because the registration has told the truth meanwhile.
/// </summary>
internal sealed class AgentConnection(LocalClusterOptions options, string agent, Action<ToMaster> master, Action<ToAgent> receiver) : IDisposable
{
    private readonly Line<ToMaster> _up = new(options, MessageLeg.AgentToMaster, MessageLeg.MasterToAgent, agent, master);
    private readonly Line<ToAgent> _down = new(options, MessageLeg.MasterToAgent, MessageLeg.AgentToMaster, agent, receiver);

    /// <summary>To the master. Never blocks, keeps the order.</summary>
    public void Send(ToMaster message) => _up.Send(message);

    /// <summary>To the agent. Never blocks, keeps the order.</summary>
    public void Send(ToAgent message) => _down.Send(message);

    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
    }
}
