using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ElasticJob.ZooKeeper.Sessions;

namespace ElasticJob.ZooKeeper;

/// <summary>
/// What one server says about itself, asked with the word <c>srvr</c>; or why it does not. A look from outside, for diagnosis: no session is opened and
/// nothing is changed.
/// </summary>
/// <param name="Server">The server.</param>
/// <param name="State">Whether it answers and serves.</param>
/// <param name="Version">Its version; null if it does not tell.</param>
/// <param name="Mode">What it is: <c>leader</c>, <c>follower</c>, <c>observer</c>, <c>standalone</c>, <c>read-only</c>; null if it does not tell.</param>
/// <param name="Detail">Of a server that does not answer: why.</param>
public sealed record ServerStatus(ServerAddress Server, ServerState State, Version? Version = null, string? Mode = null, string? Detail = null)
{
    private const int MostAnswerBytes = 64 * 1024;
    private const string VersionLine = "Zookeeper version: ";
    private const string ModeLine = "Mode: ";

    /// <summary>Asks a server.</summary>
    /// <param name="server">Which.</param>
    /// <param name="tls">As for a session: null for the plain port.</param>
    /// <param name="patience">How long each attempt may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ServerStatus> AskAsync(
        ServerAddress server, SslClientAuthenticationOptions? tls, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        ServerStatus status = await AskOnceAsync(server, tls, patience, time, cancellationToken).ConfigureAwait(false);
        if (status.State is not (ServerState.Silent or ServerState.Refuses))
        {
            return status;
        }

        // It is there and does not speak this way: perhaps it speaks the other one.
        if (tls is not null)
        {
            ServerStatus plain = await AskOnceAsync(server, null, patience, time, cancellationToken).ConfigureAwait(false);
            return plain.State is ServerState.Serves or ServerState.Idle or ServerState.Closed ? plain with { State = ServerState.SpeaksPlain } : status;
        }

        return await SpeaksTlsAsync(server, patience, time, cancellationToken).ConfigureAwait(false) ? status with { State = ServerState.SpeaksTls } : status;
    }

    private static async Task<ServerStatus> AskOnceAsync(
        ServerAddress server, SslClientAuthenticationOptions? tls, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        bool connected = false;
        bool distrusted = false;
        SslClientAuthenticationOptions? watched = tls is null ? null : Link.WithHost(tls, server.Host);
        if (watched is not null)
        {
            RemoteCertificateValidationCallback? own = watched.RemoteCertificateValidationCallback;
            watched.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                !(distrusted = !(own?.Invoke(sender, certificate, chain, errors) ?? errors == SslPolicyErrors.None));
        }

        try
        {
            Stream stream = await Link.ConnectAsync(server, watched, () => connected = true, either.Token).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                await stream.WriteAsync("srvr"u8.ToArray(), either.Token).ConfigureAwait(false);
                return Read(server, await ReadToEndAsync(stream, either.Token).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ServerStatus(
                server, connected ? ServerState.Silent : ServerState.Unreachable, Detail: string.Create(CultureInfo.InvariantCulture, $"no answer within {patience.TotalSeconds:0.#} s"));
        }
        catch (AuthenticationException e)
        {
            return new ServerStatus(server, distrusted ? ServerState.NotTrusted : ServerState.Refuses, Detail: e.InnerException?.Message ?? e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return new ServerStatus(server, connected ? ServerState.Refuses : ServerState.Unreachable, Detail: e.Message);
        }
    }

    private static async Task<byte[]> ReadToEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MostAnswerBytes];
        int length = 0;
        while (length < buffer.Length && await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and int read)
        {
            length += read;
        }

        return buffer[..length];
    }

    private static ServerStatus Read(ServerAddress server, byte[] answer)
    {
        string text = Encoding.ASCII.GetString(answer);
        if (text.Contains("not in the whitelist", StringComparison.Ordinal))
        {
            return new ServerStatus(server, ServerState.Closed, Detail: "the word srvr is not in its 4lw.commands.whitelist");
        }

        if (text.Contains("not currently serving requests", StringComparison.Ordinal))
        {
            return new ServerStatus(server, ServerState.Idle, Detail: text.Trim());
        }

        string? version = Value(text, VersionLine)?.Split('-', ',')[0];
        if (version is null)
        {
            return new ServerStatus(server, ServerState.Refuses, Detail: answer.Length == 0 ? "it closed the connection without a word" : "it does not speak ZooKeeper's protocol");
        }

        string? mode = Value(text, ModeLine);
        return new ServerStatus(server, mode == "read-only" ? ServerState.Idle : ServerState.Serves, Version.TryParse(version, out Version? known) ? known : null, mode);
    }

    private static string? Value(string text, string start) =>
        text.Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..].Trim();

    private static async Task<bool> SpeaksTlsAsync(ServerAddress server, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        bool seen = false;
        var any = new SslClientAuthenticationOptions
        {
            // Nothing is sent over it: only whether the server shows a certificate is of interest, which is not trusted for that.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => (seen = certificate is not null) && false,
        };
        try
        {
            Stream stream = await Link.ConnectAsync(server, any, static () => { }, either.Token).ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
        catch (AuthenticationException refused)
        {
            // One that speaks no TLS fails otherwise: what came could not be read as TLS at all, or nothing came.
            seen |= refused.InnerException is not (null or IOException);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
        }

        return seen;
    }
}
