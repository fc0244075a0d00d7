using System.Net;
using System.Net.Sockets;
using ElasticJob.Cli.Platform;
using ElasticJob.Cli.Server;

namespace ElasticJob.Cli.Tests.Platform;

public sealed class StartTests
{
    [Fact]
    public async Task Up_PortTaken_SaysByWhomAndTheMend()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string data = Directory.CreateTempSubdirectory("elasticjob-port-").FullName;
        try
        {
            var terminal = new TestTerminal();
            (await terminal.RunAsync("up", "--port", $"{port}", "--data", data)).ShouldBe(1);
            terminal.Error.ShouldContain($"Port {port} is in use by '");
            terminal.Error.ShouldContain($"(process {Environment.ProcessId})");
            terminal.Error.ShouldContain($"--port {(port < 65535 ? port + 1 : port - 1)}");
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Up_DataFolderIsAFile_SaysSo()
    {
        string file = Path.GetTempFileName();
        try
        {
            var terminal = new TestTerminal();
            (await terminal.RunAsync("up", "--port", "0", "--data", file)).ShouldBe(1);
            terminal.Error.ShouldContain("cannot be written");
            terminal.Error.ShouldContain("--data DIR");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Up_FolderInUse_NamesTheOtherPlatform()
    {
        string data = Directory.CreateTempSubdirectory("elasticjob-lock-").FullName;
        try
        {
            using (DataFolderLock owner = DataFolderLock.Take(new DataFolder(data)))
            {
                owner.Announce(new Uri("http://127.0.0.1:4321"));
                var terminal = new TestTerminal();
                (await terminal.RunAsync("up", "--port", "0", "--data", data)).ShouldBe(1);
                terminal.Error.ShouldContain("in use by process");
                terminal.Error.ShouldContain("http://127.0.0.1:4321");
            }

            DataFolderLock.Take(new DataFolder(data)).Dispose();
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Scheduler_FaultyConfig_ListsEachFault()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """{ "port": 99999, "mastre": "x" }""");
            var terminal = new TestTerminal();
            (await terminal.RunAsync("scheduler", "--config", file)).ShouldBe(1);
            terminal.Error.ShouldContain("mastre: is not known");
            terminal.Error.ShouldContain("port: must be");
            terminal.Error.ShouldContain("dataDirectory: is missing");
            terminal.Error.ShouldContain("master: must be");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Doctor_ZooKeeperOfTheConfigIsNotThere_SaysWhatToCheck()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """
                { "dataDirectory": "data", "master": "http://m:5050", "events": { "sqlite": true }, "zookeeper": { "connect": "127.0.0.1:1/jobs" } }
                """);
            var terminal = new TestTerminal();
            (await terminal.RunAsync("doctor", "--config", file, "--output", "json")).ShouldBe(1);
            terminal.Out.ShouldContain("127.0.0.1:1 cannot be reached");
            terminal.Out.ShouldContain("Check the address in zookeeper.connect");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
