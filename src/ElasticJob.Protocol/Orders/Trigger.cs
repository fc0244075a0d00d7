namespace ElasticJob.Protocol.Orders;

/// <summary>Why a run starts.</summary>
public enum Trigger
{
    /// <summary>A due time of the job's schedule, on time.</summary>
    Cron,

    /// <summary>Somebody asked for it.</summary>
    Manual,

    /// <summary>A due time that could not start on time and is caught up by the misfire policy.</summary>
    Misfire,

    /// <summary>Another run finished.</summary>
    Dependency,

    /// <summary>The standing run of a resident job.</summary>
    Resident,
}
