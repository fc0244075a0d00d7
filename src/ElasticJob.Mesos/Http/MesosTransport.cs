using System.Net.Sockets;

namespace ElasticJob.Mesos.Http;

/// <summary>Makes the HTTP invoker that the connections work on.</summary>
public static class MesosTransport
{
    /// <summary>
    /// An invoker with a connection pool of its own: no proxy, no cookies, no automatic redirects (Mesos sends a
    /// <c>Location</c> without a scheme, which the connections resolve themselves).
    /// </summary>
    /// <param name="unixSocket">Path of a Unix domain socket to connect to instead of the address; for <c>MESOS_DOMAIN_SOCKET</c>.</param>
    public static HttpMessageInvoker Create(string? unixSocket = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null,
        };
        if (unixSocket is not null)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(unixSocket, cancellationToken);
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
