namespace ElasticJob.Local.Messaging;

/// <summary>Lets every message pass at once.</summary>
internal sealed class OpenGate : IMessageGate
{
    public static readonly OpenGate Instance = new();

    public void Carry(MessageLeg leg, string agentId, object message, Action deliver) => deliver();
}
