namespace ElasticJob;

/// <summary>
/// A job that stays up for as long as it is wanted, such as a consumer of a queue. For work on a schedule inside a resident
/// executor, use <see cref="ISimpleJob"/> or <see cref="IDataflowJob{T}"/> in a resident job with a schedule.
/// </summary>
public interface IResidentJob : IJob
{
    /// <summary>Runs until cancelled. Returning earlier ends the shard; throwing fails it.</summary>
    /// <param name="context">Which shard this is.</param>
    /// <param name="cancellationToken">Cancelled when the shard is no longer wanted here; end soon then.</param>
    ValueTask RunAsync(ShardingContext context, CancellationToken cancellationToken);
}
