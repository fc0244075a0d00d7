namespace ElasticJob.Protocol.Orders;

/// <summary>What happens to due times that could not start on time.</summary>
public enum MisfirePolicy
{
    /// <summary>They are recorded as skipped.</summary>
    Skip,

    /// <summary>One run answers all of them.</summary>
    FireOnce,

    /// <summary>Each is run, oldest first, as far back as the catch-up window reaches.</summary>
    FireAll,
}
