using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ElasticJob.ZooKeeper.Tests.Limits;

namespace ElasticJob.ZooKeeper.Tests;

/// <summary>What comes from the wire is not believed: each broken answer ends the connection with a reason, and costs neither a hang nor the memory.</summary>
public sealed class WireTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [TimedTheory]
    [InlineData("7fffffff", "2147483647 bytes is announced")]
    [InlineData("ffffffff", "-1 bytes is announced")]
    [InlineData("485454502f312e312034303020426164", "Is this a ZooKeeper client port")]
    [InlineData("00000002abcd", "bytes are announced where 2 are left")]
    [InlineData("0000000c000000000000138800000000", "bytes are announced where")]
    [InlineData("0000001c0000000000001388000000000000000a7fffffff0000000000000000", "2147483647 bytes are announced where")]
    [InlineData("000000", "closed the connection instead of accepting")]
    [InlineData("", "closed the connection instead of accepting")]
    public async Task Handshake_Broken_ConnectingFailsWithTheReason(string bytes, string reason)
    {
        await using var server = new FalseServer(Convert.FromHexString(bytes), null);
        ZooKeeperConnectionLostException refused = await Should.ThrowAsync<ZooKeeperConnectionLostException>(
            () => ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(server.Address) { ConnectTimeout = TimeSpan.FromSeconds(2) }, Cancellation));
        refused.Message.ShouldContain(reason);
    }

    [TimedTheory]
    [InlineData("7fffffff", "2147483647 bytes is announced")]
    [InlineData("80000000", "-2147483648 bytes is announced")]
    [InlineData("00000004 00000001", "bytes are announced where 0 are left")]
    [InlineData("00000010 00000063 0000000000000001 00000000", "the server answered request 99 where 1 was expected")]
    [InlineData("00000014 00000001 0000000000000001 00000000 7fffffff", "2147483647 bytes are announced where 0 are left")]
    [InlineData("00000018 00000001 0000000000000001 00000000 00000002 ffff", "closed the connection")]
    [InlineData("00000018 ffffffff ffffffffffffffff 00000000 00000003 00000003", "bytes are announced where 0 are left")]
    [InlineData("000000", "closed the connection")]
    public async Task Answer_Broken_TheRequestFailsWithTheReason(string bytes, string reason)
    {
        await using var server = new FalseServer(FalseServer.Accept, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(server.Address), Cancellation);
        ZooKeeperException failed = await Should.ThrowAsync<ZooKeeperException>(() => client.GetDataAsync("/a", cancellationToken: Cancellation));
        failed.Message.ShouldContain(reason);
    }

    [TimedTheory]
    [InlineData("00000014 00000001 0000000000000001 00000000 7fffffff", "A list of 2147483647 elements")]
    [InlineData("00000018 00000001 0000000000000001 00000000 00000001 7fffffff", "2147483647 bytes are announced where 0 are left")]
    public async Task ListOfChildren_HostileLength_IsNotAllocated(string bytes, string reason)
    {
        await using var server = new FalseServer(FalseServer.Accept, Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)));
        await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(server.Address), Cancellation);
        ZooKeeperException failed = await Should.ThrowAsync<ZooKeeperException>(() => client.GetChildrenAsync("/a", cancellationToken: Cancellation));
        failed.Message.ShouldContain(reason);
    }

    [TimedFact]
    public async Task Answers_RandomBytes_EachRequestEnds()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            byte[] noise = new byte[random.Next(1, 400)];
            random.NextBytes(noise);

            // A length that fits, so that what is in the frame is looked at; and the number of the request, half of the times.
            BinaryPrimitives.WriteInt32BigEndian(noise.AsSpan(0, Math.Min(4, noise.Length)) is { Length: 4 } length ? length : new byte[4], Math.Max(0, noise.Length - 4));
            if (noise.Length >= 20 && random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt32BigEndian(noise.AsSpan(4), 1);
                BinaryPrimitives.WriteInt32BigEndian(noise.AsSpan(16), 0);
            }

            await using var server = new FalseServer(FalseServer.Accept, noise);
            await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(new ZooKeeperOptions(server.Address), Cancellation);
            await Should.ThrowAsync<ZooKeeperException>(() => client.MultiReadAsync([Operation.GetData("/a"), Operation.GetChildren("/b")], Cancellation), $"seed {seed}");
        }
    }

    /// <summary>Takes a connection, answers the handshake and the first request with given bytes, and closes it.</summary>
    private sealed class FalseServer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly byte[] handshake;
        private readonly byte[]? answer;
        private readonly Task serving;

        public FalseServer(byte[] handshake, byte[]? answer)
        {
            (this.handshake, this.answer) = (handshake, answer);
            listener.Start();
            serving = ServeAsync();
        }

        /// <summary>A session of 5 s.</summary>
        public static byte[] Accept { get; } = Convert.FromHexString("00000025" + "00000000" + "00001388" + "000000000000000a" + "00000010" + new string('0', 32) + "00");

        public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using TcpClient client = await listener.AcceptTcpClientAsync(CancellationToken.None);
                    NetworkStream stream = client.GetStream();
                    await ReadFrameAsync(stream);
                    await stream.WriteAsync(handshake);
                    if (answer is not null)
                    {
                        await ReadFrameAsync(stream);
                        await stream.WriteAsync(answer);
                    }
                }
                catch (IOException)
                {
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }
            }
        }

        private static async Task ReadFrameAsync(NetworkStream stream)
        {
            byte[] length = new byte[4];
            await stream.ReadExactlyAsync(length);
            await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(length)]);
        }
    }
}
