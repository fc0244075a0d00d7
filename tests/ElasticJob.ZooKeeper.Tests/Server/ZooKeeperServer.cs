using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.ZooKeeper.Tests.Server;

/// <summary>A real ZooKeeper server from Debian's package, in a folder of its own, on loopback.</summary>
public sealed partial class ZooKeeperServer : IAsyncDisposable
{
    /// <summary>The jar names most of what it needs; for TLS it forgets two.</summary>
    private const string Classes = "/usr/share/java/zookeeper.jar:/usr/share/java/netty-codec.jar:/usr/share/java/netty-resolver.jar";

    private const int SigStop = 19;
    private const int SigCont = 18;
    private readonly string folder;
    private readonly string configuration;
    private Process? process;
    private volatile string said = "nothing was said";

    private ZooKeeperServer(string folder, int port, string configuration) => (this.folder, Port, this.configuration) = (folder, port, configuration);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public bool IsRunning => process is { HasExited: false };

    /// <summary>One server alone; short ticks, so that sessions can be short.</summary>
    public static async Task<ZooKeeperServer> StartAloneAsync(CancellationToken cancellationToken, string more = "")
    {
        ZooKeeperServer server = Prepare(FreePort(), more, id: null);
        await server.StartAsync(cancellationToken);
        await WaitForServiceAsync([server], cancellationToken);
        return server;
    }

    public static ZooKeeperServer Prepare(int port, string more, int? id)
    {
        string folder = Directory.CreateTempSubdirectory("zk-").FullName;
        if (id is not null)
        {
            File.WriteAllText(Path.Combine(folder, "myid"), $"{id}");
        }

        string configuration = Path.Combine(folder, "zoo.cfg");
        File.WriteAllText(configuration, $"""
            dataDir={folder}
            clientPort={port}
            clientPortAddress=127.0.0.1
            tickTime=500
            initLimit=20
            syncLimit=6
            minSessionTimeout=1000
            maxSessionTimeout=60000
            maxClientCnxns=0
            admin.enableServer=false
            extendedTypesEnabled=true
            4lw.commands.whitelist=*
            {more}
            """.Replace("            ", "", StringComparison.Ordinal));
        return new ZooKeeperServer(folder, port, configuration);
    }

    /// <summary>
    /// A port that was free a moment ago, below those that the system gives to outgoing connections: otherwise a client that tries a killed server again
    /// and again may get that server's port for its own end, and the server cannot start there any more.
    /// </summary>
    public static int FreePort()
    {
        while (true)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, RandomNumberGenerator.GetInt32(10_000, 32_000));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // In use; the next one.
            }
        }
    }

    /// <summary>Waits until the servers have a majority and take sessions.</summary>
    public static async Task WaitForServiceAsync(IEnumerable<ZooKeeperServer> servers, CancellationToken cancellationToken)
    {
        foreach (ZooKeeperServer server in servers)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task end = server.process!.WaitForExitAsync(ended.Token);
            Task<ZooKeeperClient> connecting = ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(server.Address) { ConnectTimeout = Limit.Server }, ended.Token);
            bool started = await Task.WhenAny(connecting, end) == connecting;
            await ended.CancelAsync();
            await using ZooKeeperClient client = started ? await connecting : throw new InvalidOperationException($"The server at {server.Address} ended: {server.said}");
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("java") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (string argument in (string[])
            ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dzookeeper.sasl.client=false", "-Dreadonlymode.enabled=true", "-Dzookeeper.container.checkIntervalMs=200",
             "-Dznode.container.checkIntervalMs=200", "-cp", Classes, "org.apache.zookeeper.server.quorum.QuorumPeerMain", configuration])
        {
            start.ArgumentList.Add(argument);
        }

        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => said = line.Data ?? said;
        process.ErrorDataReceived += (_, line) => said = line.Data ?? said;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Task.CompletedTask.WaitAsync(cancellationToken);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (process is { HasExited: false } running)
        {
            running.Kill();
            await running.WaitForExitAsync(CancellationToken.None).WaitAsync(Limit.Server);
        }
    }

    public void Stop() => Signal(SigStop);

    public void Continue() => Signal(SigCont);

    /// <summary>Asks with a four-letter word.</summary>
    public async Task<string> AskAsync(string word, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(word), cancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
        {
            Continue();
        }

        await KillAsync();
        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Signal(int signal)
    {
        if (Kill(process!.Id, signal) != 0)
        {
            throw new InvalidOperationException($"The server could not be sent signal {signal}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
