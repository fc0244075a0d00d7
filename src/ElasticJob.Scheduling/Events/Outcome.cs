namespace ElasticJob.Scheduling.Events;

/// <summary>How a run or a shard ended.</summary>
public enum Outcome
{
    /// <summary>All went well.</summary>
    Succeeded,

    /// <summary>Failed, and no attempt is left.</summary>
    Failed,

    /// <summary>Ended by request.</summary>
    Killed,

    /// <summary>Did not end within its time.</summary>
    TimedOut,

    /// <summary>Its place was lost and the policy forbids another attempt.</summary>
    Lost,

    /// <summary>Never started; the reason says why.</summary>
    Cancelled,
}
