using Microsoft.Extensions.DependencyInjection;

namespace ElasticJob.Chaos.App;

/// <summary>The app of all jobs: each shard says in a file, past the platform, when it began and ended.</summary>
internal static class CountedApp
{
    /// <summary>Environment variable with the file.</summary>
    public const string FileVariable = "CHAOS_WITNESS";

    public static async Task<int> RunAsync(string[] args)
    {
        ElasticJobApplicationBuilder builder = ElasticJobApplication.CreateBuilder(args);
        builder.Services.AddSingleton(new WitnessFile(Environment.GetEnvironmentVariable(FileVariable) ?? throw new InvalidOperationException($"{FileVariable} is not set.")));
        builder.Jobs.Add<Counted>("counted");
        return await builder.Build().RunAsync();
    }

    private sealed class Counted(WitnessFile witness) : ISimpleJob
    {
        public async ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
        {
            witness.Write(Deed.Start, context);
            int milliseconds = int.Parse(context.JobParameter!, System.Globalization.CultureInfo.InvariantCulture);
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, cancellationToken);
            witness.Write(Deed.End, context);
        }
    }
}
