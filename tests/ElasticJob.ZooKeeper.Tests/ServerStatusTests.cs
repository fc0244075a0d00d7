using System.Net;
using System.Net.Sockets;
using ElasticJob.ZooKeeper.Tests.Limits;
using ElasticJob.ZooKeeper.Tests.Server;

namespace ElasticJob.ZooKeeper.Tests;

public sealed class ServerStatusTests(OneServer one)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedFact]
    public async Task AskAsync_ARealServer_TellsVersionAndMode()
    {
        ServerStatus status = await AskAsync(one.Server.Port, Patience);
        status.State.ShouldBe(ServerState.Serves);
        status.Version!.Major.ShouldBe(3);
        status.Version.Minor.ShouldBeGreaterThanOrEqualTo(5);
        status.Mode.ShouldBe("standalone");
    }

    [TimedFact]
    public async Task AskAsync_NobodyListens_IsUnreachable() => (await AskAsync(ZooKeeperServer.FreePort(), Patience)).State.ShouldBe(ServerState.Unreachable);

    [TimedFact]
    public async Task AskAsync_ServerStandsStill_IsSilent()
    {
        await using ZooKeeperServer server = await ZooKeeperServer.StartAloneAsync(Cancellation);
        server.Stop();
        (await AskAsync(server.Port, TimeSpan.FromSeconds(1))).State.ShouldBe(ServerState.Silent);
    }

    [TimedFact]
    public async Task AskAsync_OneOfThreeIsUp_IsIdle()
    {
        string members = string.Join('\n', Enumerable.Range(1, 3).Select(id => $"server.{id}=127.0.0.1:{ZooKeeperServer.FreePort()}:{ZooKeeperServer.FreePort()}"));
        await using ZooKeeperServer server = ZooKeeperServer.Prepare(ZooKeeperServer.FreePort(), members, 1);
        await server.StartAsync(Cancellation);
        ServerStatus status;
        do
        {
            status = await AskAsync(server.Port, Patience);
        }
        while (status.State == ServerState.Unreachable);
        status.State.ShouldBe(ServerState.Idle);
    }

    [TimedTheory]
    [InlineData("Zookeeper version: 3.4.14-4c25d480, built on 03/06/2019\nMode: follower\n", ServerState.Serves, "3.4.14")]
    [InlineData("srvr is not executed because it is not in the whitelist.\n", ServerState.Closed, null)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", ServerState.Refuses, null)]
    [InlineData("", ServerState.Refuses, null)]
    public async Task AskAsync_Answers_AreUnderstood(string answer, ServerState expected, string? version)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task answering = AnswerForeverAsync(listener, answer);
        ServerStatus status = await AskAsync(((IPEndPoint)listener.LocalEndpoint).Port, Patience);
        (status.State, status.Version?.ToString()).ShouldBe((expected, version));
        listener.Stop();
        await answering;
    }

    private static async Task AnswerForeverAsync(TcpListener listener, string answer)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(Cancellation);
                NetworkStream stream = client.GetStream();
                await stream.ReadExactlyAsync(new byte[4], Cancellation);
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), Cancellation);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException or IOException)
        {
        }
    }

    private static Task<ServerStatus> AskAsync(int port, TimeSpan patience) =>
        ServerStatus.AskAsync(new ServerAddress("127.0.0.1", port), null, patience, TimeProvider.System, Cancellation);
}
