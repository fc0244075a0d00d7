using ElasticJob.Cli.Server;

namespace ElasticJob.Cli.Platform;

/// <summary>The scheduler inside this process. The one place that knows how it is composed.</summary>
internal sealed class SchedulerPart : IAsyncDisposable
{
    private readonly IAsyncDisposable host;

    private SchedulerPart(IAsyncDisposable host, Uri address)
    {
        this.host = host;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="data">Where state, events and secrets are kept.</param>
    /// <param name="port">Port of the API; 0 for a free one.</param>
    /// <param name="master">Address of the Mesos master.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<SchedulerPart> StartAsync(DataFolder data, int port, Uri master, TimeProvider time, CancellationToken cancellationToken)
    {
        // SchedulerHost host = await SchedulerHost.StartAsync(new SchedulerHostOptions
        // {
        //     DataDirectory = data.Path, Port = port, MasterAddress = master, RunnerCommand = [.. ThisProgram.Command, "executor"], …
        // }, cancellationToken);
        _ = (data, port, master, time, cancellationToken);
        throw CliException.Refused("This build has no scheduler yet.");
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();

    internal static SchedulerPart Of(IAsyncDisposable host, Uri address) => new(host, address);
}
