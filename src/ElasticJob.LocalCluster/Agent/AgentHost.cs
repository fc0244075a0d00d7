using System.Net.Sockets;
using ElasticJob.Local.Fetching;
using ElasticJob.Local.Http;
using ElasticJob.Local.Messaging;
using Google.Protobuf;

namespace ElasticJob.Local.Agent;

/// <summary>An agent with its server, its id and its port, which stay the same over restarts so that executors find it again.</summary>
internal sealed class AgentHost
{
    private readonly LocalClusterOptions _options;
    private readonly int _index;
    private readonly HttpClient _http;
    private readonly string _infoFile;
    private ClusterAgent? _agent;

    public AgentHost(LocalClusterOptions options, int index, HttpClient http)
    {
        _options = options;
        _index = index;
        _http = http;
        string directory = Path.Combine(options.WorkDirectory, "meta", $"agent-{index}");
        Directory.CreateDirectory(directory);
        _infoFile = Path.Combine(directory, "agent.info");
        Info = Load();
    }

    public AgentInfo Info { get; }

    public ApiServer? Server { get; private set; }

    public async Task StartAsync(Action<ToMaster> master, CancellationToken cancellationToken)
    {
        // The port must be known before the executors' environment is made, and calls may only be answered after recovery.
        AgentApi? api = null;
        Task Handle(Microsoft.AspNetCore.Http.HttpContext context, CancellationToken stopping) =>
            Volatile.Read(ref api) is { } ready
                ? ready.HandleAsync(context, stopping)
                : throw new CallRefusedException(503, "The agent is recovering.");

        Server = await ListenAsync(Handle, cancellationToken).ConfigureAwait(false);
        Info.Port = Server.Address.Port;
        Save();
        var fetcher = new Fetcher(Path.Combine(_options.WorkDirectory, "cache"), _options.LargestUnpackedArchive, _http);
        _agent = new ClusterAgent(_options, _index, Info, fetcher);
        await _agent.RecoverAsync().ConfigureAwait(false);
        Volatile.Write(ref api, new AgentApi(_agent, _options));
        await _agent.ConnectAsync(master).ConfigureAwait(false);
    }

    /// <summary>Connects anew and completes when that is on its way: to another master, or after it was cut off.</summary>
    public Task ConnectAsync(Action<ToMaster> master) => _agent?.ConnectAsync(master) ?? Task.CompletedTask;

    public async Task StopAsync(bool endExecutors)
    {
        ClusterAgent? agent = _agent;
        ApiServer? server = Server;
        _agent = null;
        Server = null;
        if (agent is not null && endExecutors)
        {
            // The executors' last updates still come in over HTTP.
            await agent.StopAsync(endExecutors: true).ConfigureAwait(false);
        }

        if (server is not null)
        {
            await server.DisposeAsync().ConfigureAwait(false);
        }

        if (agent is not null)
        {
            await agent.StopAsync(endExecutors: false).ConfigureAwait(false);
            await agent.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<ApiServer> ListenAsync(
        Func<Microsoft.AspNetCore.Http.HttpContext, CancellationToken, Task> handle,
        CancellationToken cancellationToken)
    {
        if (Info.HasPort)
        {
            try
            {
                return await ApiServer.StartAsync(_options.ListenAddress, Info.Port, handle, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception taken) when (taken is SocketException or IOException)
            {
                // Somebody took it meanwhile. Executors that survived will not find the agent and are replaced.
            }
        }

        return await ApiServer.StartAsync(_options.ListenAddress, 0, handle, cancellationToken).ConfigureAwait(false);
    }

    private AgentInfo Load()
    {
        AgentInfo info = File.Exists(_infoFile)
            ? AgentInfo.Parser.ParseFrom(File.ReadAllBytes(_infoFile))
            : new AgentInfo { Id = new AgentID { Value = $"{Guid.NewGuid()}-S{_index}" } };
        info.Hostname = _options.Hostname;
        info.Resources.Clear();
        AgentResources resources = _options.AgentResources ?? AgentResources.OfThisMachine(_options.AgentCount, _options.WorkDirectory);
        foreach ((string name, double amount) in ((string, double)[])[("cpus", resources.Cpus), ("mem", resources.MemoryMegabytes), ("disk", resources.DiskMegabytes)])
        {
            info.Resources.Add(new Resource { Name = name, Type = Value.Types.Type.Scalar, Scalar = new Value.Types.Scalar { Value = amount }, Role = "*" });
        }

        var ports = new Resource { Name = "ports", Type = Value.Types.Type.Ranges, Ranges = new Value.Types.Ranges(), Role = "*" };
        const ulong First = 31_000;
        const ulong PortsPerAgent = 1000;
        ulong begin = First + ((ulong)_index % 30 * PortsPerAgent);
        ports.Ranges.Range.Add(new Value.Types.Range { Begin = begin, End = begin + PortsPerAgent - 1 });
        info.Resources.Add(ports);
        info.Attributes.Clear();
        info.Attributes.Add(_options.Attributes.Select(attribute => new Attribute
        {
            Name = attribute.Key,
            Type = Value.Types.Type.Text,
            Text = new Value.Types.Text { Value = attribute.Value },
        }));
        return info;
    }

    private void Save()
    {
        string next = _infoFile + ".next";
        File.WriteAllBytes(next, Info.ToByteArray());
        File.Move(next, _infoFile, overwrite: true);
    }
}
