namespace ElasticJob.Mesos.Errors;

/// <summary>The other side was not reached, is not ready, or does not lead; the call was not carried out. Back off and try again.</summary>
public sealed class MesosUnavailableException : MesosException
{
    /// <summary>Says why.</summary>
    public MesosUnavailableException(string message, Exception? innerException = null)
        : base(message, outcomeUnknown: false, innerException)
    {
    }
}
