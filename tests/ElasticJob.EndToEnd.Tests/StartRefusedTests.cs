using System.Net;
using System.Net.Sockets;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

public sealed class StartRefusedTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Up_OnATakenPort_SaysWhoHasItAndTheMend()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        Ended ended = await Platform.RefusedAsync(folder.Data, "--port", $"{port}");
        ShouldBeRefused(ended, $"Port {port} is in use by", $"process {Environment.ProcessId}", "--port");
    }

    [Fact]
    public async Task Up_WithADataFolderBelowAFile_SaysThatItCannotBeWritten()
    {
        string file = folder.Write("file", "in the way");
        string data = Path.Combine(file, "data");
        ShouldBeRefused(await Platform.RefusedAsync(data, "--port", "0"), $"The data folder {data} cannot be written", "--data DIR");
    }

    [Fact]
    public async Task Up_WithADataFolderWhereNobodyMayWrite_SaysThatItCannotBeWritten() =>
        ShouldBeRefused(await Platform.RefusedAsync("/proc/elasticjob", "--port", "0"), "The data folder /proc/elasticjob cannot be written", "--data DIR");

    [Fact]
    public async Task Up_WithADataFolderThatIsInUse_NamesTheOwner()
    {
        await using Platform platform = await Platform.StartAsync(folder.Data);
        ShouldBeRefused(await Platform.RefusedAsync(folder.Data, "--port", "0"), "is in use", $"{platform.Process}", "--data DIR");
    }

    private void ShouldBeRefused(Ended ended, params string[] parts)
    {
        ended.Code.ShouldBe(1, ended.All);
        foreach (string part in parts)
        {
            ended.Out.ShouldContain(part);
        }

        ended.Out.ShouldNotContain("   at ", Case.Sensitive, "No stack traces.");
    }
}
