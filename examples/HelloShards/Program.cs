using ElasticJob;

var builder = ElasticJobApplication.CreateBuilder(args);
builder.Jobs.Add<HelloShards>("hello-shards");
return await builder.Build().RunAsync();

/// <summary>Greets one city per shard: three shards, three cities, at the same time.</summary>
internal sealed class HelloShards : ISimpleJob
{
    public async ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        for (int step = 1; step <= 5; step++)
        {
            Console.WriteLine($"{context.JobParameter}, {context.ShardingParameter}! (shard {context.ShardingItem} of {context.ShardingTotalCount}, step {step})");
            context.ReportProgress(step / 5.0, $"step {step} of 5");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }
}
