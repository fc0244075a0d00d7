using ElasticJob;
using Microsoft.Extensions.Logging;

var builder = ElasticJobApplication.CreateBuilder(args);
builder.Jobs.Add<Heartbeat>("heartbeat");
return await builder.Build().RunAsync();

/// <summary>Fires inside an executor that stays up, so nothing has to be started at the due time.</summary>
internal sealed class Heartbeat(ILogger<Heartbeat> logger) : ISimpleJob
{
    public ValueTask ExecuteAsync(ShardingContext context, CancellationToken cancellationToken)
    {
        logger.LogInformation("Alive at {DueAt:HH:mm:ss} in process {Process}", context.ScheduledAt, Environment.ProcessId);
        return ValueTask.CompletedTask;
    }
}
