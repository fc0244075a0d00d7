namespace ElasticJob.Mesos.Errors;

/// <summary>The connection broke, fell silent or took too long while a call or an event stream was under way.</summary>
public sealed class MesosConnectionLostException : MesosException
{
    internal MesosConnectionLostException(string message, Exception? innerException = null)
        : base(message, outcomeUnknown: true, innerException)
    {
    }
}
