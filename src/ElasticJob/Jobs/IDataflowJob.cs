namespace ElasticJob;

/// <summary>
/// A job that fetches data and processes it. Streaming, it fetches and processes until a fetch yields nothing; otherwise once.
/// An instance lives for one execution, in a service scope of its own.
/// </summary>
/// <typeparam name="T">One item of the data.</typeparam>
public interface IDataflowJob<T> : IJob
{
    /// <summary>Fetches the next items of this shard; an empty list means there is nothing (more) to do.</summary>
    /// <param name="context">Which shard of which run this is.</param>
    /// <param name="cancellationToken">Cancelled when the shard is killed; end soon then.</param>
    ValueTask<IReadOnlyList<T>> FetchAsync(ShardingContext context, CancellationToken cancellationToken);

    /// <summary>Processes what was fetched. Throwing fails the execution.</summary>
    /// <param name="context">Which shard of which run this is.</param>
    /// <param name="data">At least one item.</param>
    /// <param name="cancellationToken">Cancelled when the shard is killed; end soon then.</param>
    ValueTask ProcessAsync(ShardingContext context, IReadOnlyList<T> data, CancellationToken cancellationToken);
}
