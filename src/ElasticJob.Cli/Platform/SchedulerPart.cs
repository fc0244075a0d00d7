using ElasticJob.Cli.Server;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Storage;

namespace ElasticJob.Cli.Platform;

/// <summary>The scheduler inside this process. The one place that knows how it is composed.</summary>
internal sealed class SchedulerPart : IAsyncDisposable
{
    private readonly SchedulerHost host;

    private SchedulerPart(SchedulerHost host) => this.host = host;

    public Uri Address => host.Address;

    /// <summary>Completes when the scheduler has ended by itself; faulted, it says why.</summary>
    public Task Completion => host.Completion;

    /// <param name="data">Where state, events and secrets are kept.</param>
    /// <param name="options">Everything but the data folder and the executor of apps that bring none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SchedulerPart> StartAsync(DataFolder data, Func<SchedulerHostOptions, SchedulerHostOptions> options, CancellationToken cancellationToken)
    {
        try
        {
            var basics = new SchedulerHostOptions
            {
                DataDirectory = data.Path,
                Masters = [],
                RunnerCommand = string.Join(' ', ThisProgram.Command.Append("executor").Select(Quote)),
                Logging = logging => FileLogs.Add(logging, Path.Combine(data.Path, "logs", "scheduler.log")),
            };
            return new SchedulerPart(await SchedulerHost.StartAsync(options(basics), cancellationToken));
        }
        catch (Exception e) when (e is StateStoreException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Refused(e.Message);
        }
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    /// <summary>One word of a shell line.</summary>
    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
