namespace ElasticJob.Local.Messaging;

/// <summary>
/// Stands on every message path inside the cluster. A fault injector calls <c>deliver</c> never (loss), later (delay, reordering)
/// or more than once (duplication); without one every message passes at once.
/// </summary>
public interface IMessageGate
{
    /// <summary>Decides about one message. Must not block; may be called from any thread.</summary>
    /// <param name="leg">Where the message is on its way.</param>
    /// <param name="agentId">The agent at one end.</param>
    /// <param name="message">The message itself, only for looking at.</param>
    /// <param name="deliver">Hands the message to its receiver; never blocks and never throws.</param>
    void Carry(MessageLeg leg, string agentId, object message, Action deliver);
}
