using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ElasticJob.ZooKeeper.Tests.Server;

/// <summary>Stands between a client and its server and does on command what networks do: cut connections, refuse new ones, fall silent.</summary>
public sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<Task, bool> carrying = new();
    private readonly int target;
    private readonly Task accepting;
    private CancellationTokenSource cut = new();
    private TaskCompletionSource silence = Ended();
    private volatile bool refusing;

    public Relay(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Ends all connections; new ones are ended as soon as they come, until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        refusing = true;
        Interlocked.Exchange(ref cut, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Connections stay, and nothing comes through, until <see cref="Mend"/>.</summary>
    public void FallSilent() => silence = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        refusing = false;
        silence.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(carrying.Keys);
        stop.Dispose();
    }

    private static TaskCompletionSource Ended()
    {
        var ended = new TaskCompletionSource();
        ended.SetResult();
        return ended;
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                TcpClient client = await listener.AcceptTcpClientAsync(stop.Token);
                if (refusing)
                {
                    client.Dispose();
                    continue;
                }

                Task both = CarryAsync(client, cut.Token);
                carrying.TryAdd(both, true);
                _ = both.ContinueWith(done => carrying.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task CarryAsync(TcpClient client, CancellationToken cutOff)
    {
        using TcpClient near = client, far = new() { NoDelay = true };
        near.NoDelay = true;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, cutOff);
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, target, end.Token);
            Task there = CarryAsync(near.GetStream(), far.GetStream(), end.Token);
            Task back = CarryAsync(far.GetStream(), near.GetStream(), end.Token);
            await Task.WhenAny(there, back);
            await end.CancelAsync();
            await Task.WhenAll(there, back);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
        }
    }

    private async Task CarryAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and int count)
        {
            await silence.Task.WaitAsync(cancellationToken);
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }
}
