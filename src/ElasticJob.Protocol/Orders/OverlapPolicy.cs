namespace ElasticJob.Protocol.Orders;

/// <summary>What happens to a due time while an earlier run of the same job is not finished.</summary>
public enum OverlapPolicy
{
    /// <summary>The due time is skipped.</summary>
    Forbid,

    /// <summary>One due time waits; further ones are skipped.</summary>
    QueueOne,

    /// <summary>All wait, in order.</summary>
    QueueAll,

    /// <summary>The earlier run is killed, then the new one starts.</summary>
    Replace,

    /// <summary>Both run.</summary>
    Allow,
}
