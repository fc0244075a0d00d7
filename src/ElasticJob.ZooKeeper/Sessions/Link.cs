using System.Net.Security;
using System.Net.Sockets;
using ElasticJob.ZooKeeper.Wire;

namespace ElasticJob.ZooKeeper.Sessions;

/// <summary>One connection to one server.</summary>
internal sealed class Link : IDisposable
{
    private Link(ServerAddress server, Stream stream, int maxFrame) => (Server, Stream, Frames) = (server, stream, new FrameReader(stream, maxFrame));

    public ServerAddress Server { get; }

    public Stream Stream { get; }

    public FrameReader Frames { get; }

    public static async Task<Link> OpenAsync(ServerAddress server, SslClientAuthenticationOptions? tls, int maxFrame, CancellationToken cancellationToken) =>
        new(server, await ConnectAsync(server, tls, static () => { }, cancellationToken).ConfigureAwait(false), maxFrame);

    /// <summary>Connects, with TLS if asked for; <paramref name="taken"/> hears when the connection stands and TLS begins.</summary>
    public static async Task<Stream> ConnectAsync(ServerAddress server, SslClientAuthenticationOptions? tls, Action taken, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken).ConfigureAwait(false);
            if (Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
            {
                // TCP lets a socket connect to itself where nobody listens, if it was given that very port.
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            taken();
            stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is not null)
            {
                var secure = new SslStream(stream);
                stream = secure;
                await secure.AuthenticateAsClientAsync(WithHost(tls, server.Host), cancellationToken).ConfigureAwait(false);
            }

            return stream;
        }
        catch
        {
            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public async Task<Handshake> ShakeHandsAsync(Action<JuteWriter> write, CancellationToken cancellationToken)
    {
        using (var writer = new JuteWriter())
        {
            write(writer);
            await Stream.WriteAsync(writer.Written, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            if (Frames.TryRead(out ReadOnlySpan<byte> frame))
            {
                return Handshake.Read(frame);
            }

            if (!await Frames.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new EndOfStreamException("the server closed the connection instead of accepting the session (it may have no majority, be behind, or have too many clients)");
            }
        }
    }

    /// <summary>Closes the connection; its buffers stay until <see cref="Dispose"/>, when nobody reads any more.</summary>
    public void Close() => Stream.Dispose();

    public void Dispose()
    {
        Stream.Dispose();
        Frames.Dispose();
    }

    /// <summary>A copy that names the server, unless a name is given.</summary>
    public static SslClientAuthenticationOptions WithHost(SslClientAuthenticationOptions tls, string host) =>
        new()
        {
            TargetHost = tls.TargetHost is { Length: > 0 } given ? given : host,
            ClientCertificates = tls.ClientCertificates,
            ClientCertificateContext = tls.ClientCertificateContext,
            LocalCertificateSelectionCallback = tls.LocalCertificateSelectionCallback,
            RemoteCertificateValidationCallback = tls.RemoteCertificateValidationCallback,
            EnabledSslProtocols = tls.EnabledSslProtocols,
            CertificateRevocationCheckMode = tls.CertificateRevocationCheckMode,
            CertificateChainPolicy = tls.CertificateChainPolicy,
            CipherSuitesPolicy = tls.CipherSuitesPolicy,
        };
}
