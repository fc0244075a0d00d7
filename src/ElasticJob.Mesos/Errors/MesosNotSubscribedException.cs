namespace ElasticJob.Mesos.Errors;

/// <summary>A call was made while no subscription stands; it was not sent.</summary>
public sealed class MesosNotSubscribedException : MesosException
{
    internal MesosNotSubscribedException()
        : base("There is no subscription; calls are possible from the SUBSCRIBED event until the event stream ends.", outcomeUnknown: false)
    {
    }
}
