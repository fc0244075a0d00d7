namespace ElasticJob;

/// <summary>A job that does its share of the work in one go. An instance lives for one execution, in a service scope of its own.</summary>
public interface ISimpleJob : IJob
{
    /// <summary>Does the work of one shard. Returning means success; throwing means failure.</summary>
    /// <param name="context">Which shard of which run this is.</param>
    /// <param name="cancellationToken">Cancelled when the shard is killed; end soon then.</param>
    ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken);
}
