namespace ElasticJob.Mesos.Errors;

/// <summary>A call to a Mesos master or agent did not do what it should.</summary>
public abstract class MesosException : Exception
{
    private protected MesosException(string message, bool outcomeUnknown, Exception? innerException = null)
        : base(message, innerException) => OutcomeUnknown = outcomeUnknown;

    /// <summary>
    /// Whether the call may have been carried out all the same. <see langword="false"/> means it certainly was not, so it can be
    /// sent again; <see langword="true"/> means that only an event, or a reconciliation, will tell.
    /// </summary>
    public bool OutcomeUnknown { get; }
}
