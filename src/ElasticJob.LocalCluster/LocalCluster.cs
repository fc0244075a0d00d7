using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ElasticJob.Local.Agent;
using ElasticJob.Local.Faults;
using ElasticJob.Local.Fetching;
using ElasticJob.Local.Http;
using ElasticJob.Local.Master;

namespace ElasticJob.Local;

/// <summary>
/// A cluster on this machine: one master and some agents that speak the Mesos v1 HTTP API, each on its own port. Frameworks and executors reach
/// it through HTTP only. Disposing it ends every executor; what a crash leaves alive is found and adopted, or killed, by the next start in the
/// same work directory.
/// </summary>
public sealed class LocalCluster : IAsyncDisposable
{
    private readonly LocalClusterOptions _options;
    private readonly FileStream _lock;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(10) };
    private readonly List<AgentHost> _agents = [];
    private ClusterMaster? _master;
    private ApiServer? _masterServer;
    private FaultApi? _faults;
    private bool _disposed;

    private LocalCluster(LocalClusterOptions options, FileStream workLock)
    {
        _options = options;
        _lock = workLock;
    }

    /// <summary>Where the master listens, such as <c>http://127.0.0.1:5050</c>.</summary>
    public Uri MasterAddress => _masterServer!.Address;

    /// <summary>Where orders to break things are taken; null unless <see cref="LocalClusterOptions.FaultPort"/> asked for it.</summary>
    public Uri? FaultAddress => _faults?.Address;

    internal int AgentCount => _agents.Count;

    /// <summary>Where the agents listen, in the order of their numbers.</summary>
    public IReadOnlyList<Uri> AgentAddresses => [.. _agents.Select(agent => agent.Server!.Address)];

    /// <summary>Starts a cluster and waits until it answers and what survived a crash is known.</summary>
    /// <exception cref="IOException">The work directory is used by another cluster, or a port is taken; the message says which.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        options = options with { WorkDirectory = Path.GetFullPath(options.WorkDirectory).TrimEnd('/') };
        FaultInjector? faults = options.FaultPort is null ? null : new FaultInjector(options.Time);
        options = faults is null ? options : options with { Gate = faults };
        var cluster = new LocalCluster(options, Lock(options.WorkDirectory));
        try
        {
            await cluster.StartMasterAsync(options.MasterPort, cancellationToken).ConfigureAwait(false);
            for (int index = 0; index < options.AgentCount; index++)
            {
                await cluster.StartAgentAsync(index, cancellationToken).ConfigureAwait(false);
            }

            cluster._faults = faults is null ? null : await FaultApi.StartAsync(cluster, faults, options.FaultPort!.Value, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        ClusterLog.ClusterStarted(
            options.LoggerFactory.CreateLogger("ElasticJob.LocalCluster"), cluster.MasterAddress, options.AgentCount, options.WorkDirectory);
        return cluster;
    }

    /// <summary>Kills the executors, and what they started, of a cluster that did not end in order and will not come back soon.</summary>
    /// <param name="workDirectory">Its work directory.</param>
    /// <returns>How many processes there were.</returns>
    public static int KillLeftovers(string workDirectory)
    {
        string own = Path.Combine(Path.GetFullPath(workDirectory).TrimEnd('/'), "slaves") + "/";
        return Processes.ProcessSweep.Kill(sandbox => sandbox.StartsWith(own, StringComparison.Ordinal));
    }

    /// <summary>Ends all executors (SHUTDOWN, then SIGKILL after their grace period), then the servers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_faults is not null)
        {
            await _faults.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(_agents.Select(agent => agent.StopAsync(endExecutors: true))).ConfigureAwait(false);
        if (_masterServer is not null)
        {
            await _masterServer.DisposeAsync().ConfigureAwait(false);
        }

        if (_master is not null)
        {
            await _master.DisposeAsync().ConfigureAwait(false);
        }

        _http.Dispose();
        await _lock.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes an agent away. Its executors go on if <paramref name="endExecutors"/> is false, as after a crash of the agent.</summary>
    internal async Task StopAgentAsync(int index, bool endExecutors)
    {
        AgentHost host = _agents[index];
        await host.StopAsync(endExecutors).ConfigureAwait(false);
        _master?.Deliver(new Messaging.AgentDisconnected(host.Info.Id));
    }

    /// <summary>Brings an agent (back).</summary>
    internal async Task StartAgentAsync(int index, CancellationToken cancellationToken)
    {
        var host = new AgentHost(_options, index, _http);
        if (index < _agents.Count)
        {
            _agents[index] = host;
        }
        else
        {
            _agents.Add(host);
        }

        await host.StartAsync(_master!.Deliver, cancellationToken).ConfigureAwait(false);
        await _master.CaughtUpAsync().ConfigureAwait(false);
    }

    /// <summary>The master goes away and comes back on its port: it knows what it keeps on disk, and hears the rest from agents and frameworks.</summary>
    internal async Task RestartMasterAsync(TimeSpan down, CancellationToken cancellationToken)
    {
        int port = MasterAddress.Port;
        await _masterServer!.DisposeAsync().ConfigureAwait(false);
        await _master!.DisposeAsync().ConfigureAwait(false);
        await Task.Delay(down, _options.Time, cancellationToken).ConfigureAwait(false);
        await StartMasterAsync(port, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(_agents.Select(agent => agent.ConnectAsync(_master.Deliver))).ConfigureAwait(false);
        await _master.CaughtUpAsync().ConfigureAwait(false);
    }

    /// <summary>The agent goes away without its executors, and comes back.</summary>
    internal async Task RestartAgentAsync(int index, TimeSpan down, CancellationToken cancellationToken)
    {
        await StopAgentAsync(index, endExecutors: false).ConfigureAwait(false);
        await Task.Delay(down, _options.Time, cancellationToken).ConfigureAwait(false);
        await StartAgentAsync(index, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The network between master and agent fails: everything on the agent goes on, and the master takes it for unreachable.</summary>
    internal async Task LoseAgentAsync(int index, TimeSpan away, FaultInjector faults, CancellationToken cancellationToken)
    {
        AgentID agent = _agents[index].Info.Id;
        faults.Cut(agent.Value);
        _master!.Deliver(new Messaging.AgentDisconnected(agent));
        await Task.Delay(away, _options.Time, cancellationToken).ConfigureAwait(false);
        faults.Join(agent.Value);
        await _agents[index].ConnectAsync(_master.Deliver).ConfigureAwait(false);
        await _master.CaughtUpAsync().ConfigureAwait(false);
    }

    private static FileStream Lock(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The work directory '{directory}' cannot be made: {fault.Message}", fault);
        }

        string path = Path.Combine(directory, "lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"The work directory '{directory}' is not writable: {fault.Message}", fault);
        }
        catch (IOException fault)
        {
            throw new IOException($"The work directory '{directory}' is in use by another cluster; stop that one or choose another directory.", fault);
        }
    }

    private async Task StartMasterAsync(int wanted, CancellationToken cancellationToken)
    {
        _master = new ClusterMaster(_options);
        var api = new MasterApi(_master, _options);
        try
        {
            _masterServer = await ApiServer.StartAsync(_options.ListenAddress, wanted, api.HandleAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception taken) when (taken is SocketException or IOException)
        {
            string port = wanted.ToString(CultureInfo.InvariantCulture);
            throw new IOException($"The master cannot listen on {_options.ListenAddress}:{port}: {taken.Message} Free that port or choose another one.", taken);
        }

        byte[] address = _options.ListenAddress.MapToIPv4().GetAddressBytes();
        _master.Info = new MasterInfo
        {
            Id = _master.Id,
            Ip = BitConverter.ToUInt32(address),
            Port = (uint)MasterAddress.Port,
            Hostname = _options.Hostname,
            Version = ClusterVersion.Info.Version,
            Pid = $"master@{_options.ListenAddress}:{MasterAddress.Port}",
            Address = new Address { Hostname = _options.Hostname, Ip = _options.ListenAddress.ToString(), Port = MasterAddress.Port },
        };
    }
}
