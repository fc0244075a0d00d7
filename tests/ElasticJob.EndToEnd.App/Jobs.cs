using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ElasticJob.EndToEnd;

/// <summary>Says what it was given, and ends.</summary>
internal sealed class Ok(WitnessFolder witness, ILogger<Ok> logger) : ISimpleJob
{
    public static readonly ActivitySource Source = new("ElasticJob.EndToEnd");

    public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        using Activity? own = Source.StartActivity("say");
        witness.Write("start", context);
        Console.WriteLine($"shard {context.ShardingItem} of {context.ShardingTotalCount} has '{context.ShardingParameter}' and '{context.JobParameter}', variant '{Environment.GetEnvironmentVariable("VARIANT")}'");
        logger.LogInformation("Logged by shard {Shard}", context.ShardingItem);
        context.ReportProgress(1, "all done");
        witness.Write("end", context);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Reports that it is half way, and ends when the test opens the gate.</summary>
internal sealed class Gated(WitnessFolder witness) : ISimpleJob
{
    public async ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        witness.Write("start", context);
        context.ReportProgress(0.5, "at the gate");
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!witness.IsOpen)
        {
            await again.WaitForNextTickAsync(cancellationToken);
        }

        witness.Write("end", context);
    }
}

/// <summary>Throws.</summary>
internal sealed class Failing : ISimpleJob
{
    public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        Console.WriteLine("about to fail");
        throw new InvalidOperationException("the shop is closed");
    }
}

/// <summary>Neither ends nor listens when it is asked to.</summary>
internal sealed class Hanging(WitnessFolder witness) : ISimpleJob
{
    public async ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        witness.Write("start", context);
        context.ReportProgress(0.1, "hanging");
        await new TaskCompletionSource().Task;
    }
}
