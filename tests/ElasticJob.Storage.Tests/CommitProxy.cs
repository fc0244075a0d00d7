using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace ElasticJob.Storage.Tests;

/// <summary>
/// Stands between a store and its server, counts the transactions that pass, and cuts the connection at one of them: before the server has it, or after the
/// server has done it and before the answer is handed on.
/// </summary>
internal sealed class CommitProxy : IAsyncDisposable
{
    private const int Multi = 14;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> carrying = [];
    private readonly int target;
    private readonly Task accepting;
    private readonly TaskCompletionSource struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int passing = int.MaxValue;
    private bool afterwards;
    private bool comesBack;
    private volatile bool dead;

    public CommitProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Completes when the connection has been cut, and with it any answer that the cut was to keep back.</summary>
    public Task Struck => struck.Task;

    /// <summary>Lets so many transactions through, and cuts at the next.</summary>
    /// <param name="transactions">How many pass.</param>
    /// <param name="done">Whether the server does the next one before the cut.</param>
    /// <param name="back">Whether connections are possible again at once; otherwise after <see cref="Mend"/>.</param>
    public void CutAfter(int transactions, bool done, bool back) => (afterwards, comesBack, passing) = (done, back, transactions);

    public void Mend() => dead = false;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(carrying);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                if (dead)
                {
                    client.Dispose();
                    continue;
                }

                carrying.Add(CarryAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using TcpClient near = client, far = new() { NoDelay = true };
        near.NoDelay = true;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, target, end.Token);
            var keptBack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task there = ThereAsync(near.GetStream(), far.GetStream(), keptBack, end.Token);
            Task back = BackAsync(far.GetStream(), near.GetStream(), keptBack, end.Token);
            await Task.WhenAny(there, back);
            await end.CancelAsync();
            await Task.WhenAll(there, back).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
        }
    }

    /// <summary>The first bytes of a frame are its length, the number of the request and the operation; before all comes the handshake, which has neither.</summary>
    private async Task ThereAsync(NetworkStream from, NetworkStream to, TaskCompletionSource keptBack, CancellationToken cancellationToken)
    {
        byte[] length = new byte[4];
        for (bool handshake = true; ; handshake = false)
        {
            await from.ReadExactlyAsync(length, cancellationToken);
            byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await from.ReadExactlyAsync(body, cancellationToken);
            bool cut = !handshake && BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(4)) == Multi && --passing < 0;
            if (cut)
            {
                passing = int.MaxValue;
                dead = !comesBack;
                if (!afterwards)
                {
                    struck.TrySetResult();
                    return;
                }

                keptBack.TrySetResult();
            }

            await to.WriteAsync(length, cancellationToken);
            await to.WriteAsync(body, cancellationToken);
        }
    }

    private async Task BackAsync(NetworkStream from, NetworkStream to, TaskCompletionSource keptBack, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and int count)
        {
            if (keptBack.Task.IsCompleted)
            {
                // The answer: the server has done it.
                struck.TrySetResult();
                return;
            }

            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
