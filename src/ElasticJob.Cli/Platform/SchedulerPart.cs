using ElasticJob.Cli.Server;
using ElasticJob.Events;
using ElasticJob.Mesos.Http;
using ElasticJob.Scheduler.Hosting;
using ElasticJob.Scheduling.State;
using ElasticJob.Storage;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Cli.Platform;

/// <summary>The scheduler inside this process. The one place that knows how it is composed.</summary>
internal sealed class SchedulerPart : IAsyncDisposable
{
    private readonly SchedulerHost host;

    private SchedulerPart(SchedulerHost host) => this.host = host;

    public Uri Address => host.Address;

    /// <summary>Completes when the scheduler has ended by itself; faulted, it says why.</summary>
    public Task Completion => host.Completion;

    /// <param name="data">Where state, events, logs and secrets are kept.</param>
    /// <param name="port">Port of the API; 0 for a free one.</param>
    /// <param name="master">Address of the Mesos master.</param>
    /// <param name="credential">For a master that asks for one.</param>
    /// <param name="events">Where events go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="alarms">Where errors are told besides the log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SchedulerPart> StartAsync(
        DataFolder data,
        int port,
        Uri master,
        MesosCredential? credential,
        EventOptions events,
        TimeProvider time,
        TextWriter alarms,
        CancellationToken cancellationToken)
    {
        try
        {
            var part = new SchedulerPart(await SchedulerHost.StartAsync(
                new SchedulerHostOptions
                {
                    DataDirectory = data.Path,
                    Port = port,
                    Masters = [master],
                    Credential = credential,
                    RunnerCommand = string.Join(' ', ThisProgram.Command.Append("executor").Select(Quote)),
                    Time = time,
                    Events = events,
                    Logging = logging => logging
                        .AddProvider(new FileLogs(LogOf(data), time))
                        .AddProvider(new TerminalAlarms(alarms, time))
                        .AddFilter("ElasticJob", LogLevel.Information),
                },
                cancellationToken));
            data.Protect();
            return part;
        }
        catch (Exception e) when (e is StateStoreException or EventStoreException or StateFormatException or IOException or UnauthorizedAccessException)
        {
            throw CliException.Refused(e.Message);
        }
    }

    /// <summary>The log of the scheduler; appended to from start to start.</summary>
    public static string LogOf(DataFolder data) => Path.Combine(data.Logs, "scheduler.log");

    public ValueTask DisposeAsync() => host.DisposeAsync();

    /// <summary>One word of a shell line.</summary>
    private static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
