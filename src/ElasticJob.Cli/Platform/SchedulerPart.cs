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

    /// <summary>Signs the first person in, once; absent as soon as there is a user.</summary>
    public Uri? SignInLink => host.SignInLink;

    /// <summary>Completes when the scheduler has ended by itself; faulted, it says why.</summary>
    public Task Completion => host.Completion;

    /// <param name="data">Where secrets, packages and logs are kept, and state and events unless servers keep them.</param>
    /// <param name="settings">Where it listens, its cluster, and where state and events go.</param>
    /// <param name="credential">For a master that asks for one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="alarms">Where errors are told besides the log.</param>
    /// <param name="signInLinkMade">Hears the link that a first leader makes; with a state of its own it is <see cref="SignInLink"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SchedulerPart> StartAsync(
        DataFolder data,
        SchedulerConfig settings,
        MesosCredential? credential,
        TimeProvider time,
        TextWriter alarms,
        Action<Uri>? signInLinkMade,
        CancellationToken cancellationToken)
    {
        try
        {
            var part = new SchedulerPart(await SchedulerHost.StartAsync(
                new SchedulerHostOptions
                {
                    DataDirectory = data.Path,
                    ListenAddress = settings.Listen,
                    Port = settings.Port,
                    AllowedHosts = settings.AllowedHosts,
                    Tls = settings.Tls,
                    AllowInsecure = settings.AllowInsecure,
                    Instance = settings.Instance,
                    AdvertisedAddress = settings.Address,
                    ZooKeeper = settings.ZooKeeper,
                    SignInLinkMade = signInLinkMade,
                    Cluster = settings.Cluster,
                    Masters = settings.Masters,
                    User = settings.User,
                    Role = settings.Role,
                    Credential = credential,
                    RunnerCommand = string.Join(' ', ThisProgram.Command.Append("executor").Select(Quote)),
                    Time = time,
                    Events = settings.Events,
                    Traces = settings.Traces,
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
