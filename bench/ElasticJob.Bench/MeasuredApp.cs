using System.Globalization;

namespace ElasticJob.Bench;

/// <summary>The app of the benchmark: a shard that does nothing, and one that says when it started, in a file that the job's parameter names.</summary>
internal static class MeasuredApp
{
    public static async Task<int> RunAsync(string[] args)
    {
        ElasticJobApplicationBuilder builder = ElasticJobApplication.CreateBuilder(args);
        builder.Jobs.Add<Shard>("shard");
        return await builder.Build().RunAsync();
    }

    private sealed class Shard : ISimpleJob
    {
        private static readonly Lock Gate = new();

        public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
        {
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            if (context.JobParameter is { Length: > 0 } file)
            {
                lock (Gate)
                {
                    File.AppendAllText(file, string.Create(CultureInfo.InvariantCulture, $"{context.RunId} {now.UtcTicks}\n"));
                }
            }

            return ValueTask.CompletedTask;
        }
    }
}
