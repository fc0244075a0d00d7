using System.Globalization;

namespace ElasticJob.ZooKeeper;

/// <summary>
/// Servers and chroot, as ZooKeeper writes them: <c>host1:2181,host2:2181,[::1]:2181/chroot</c>. With a chroot, every path of the client is below it.
/// </summary>
/// <param name="Servers">At least one.</param>
/// <param name="Chroot">Empty, or a path that begins with / and does not end with it.</param>
public sealed record ConnectString(IReadOnlyList<ServerAddress> Servers, string Chroot)
{
    /// <summary>Reads a connect string.</summary>
    /// <exception cref="FormatException">It is not one; the message says what is wrong.</exception>
    public static ConnectString Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string chroot = slash < 0 ? "" : text[slash..].TrimEnd();
        if (chroot == "/")
        {
            chroot = "";
        }

        if (chroot.Length > 0)
        {
            try
            {
                NodePath.Check(chroot);
            }
            catch (ArgumentException fault)
            {
                throw new FormatException($"The connect string '{text}' has no valid chroot: {fault.Message}", fault);
            }
        }

        string servers = slash < 0 ? text : text[..slash];
        ServerAddress[] addresses = [.. servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(one => Server(one, text))];
        return addresses.Length > 0 ? new ConnectString(addresses, chroot) : throw new FormatException($"The connect string '{text}' names no server; write host:port,host:port/chroot.");
    }

    /// <summary>The connect string.</summary>
    public override string ToString() => string.Join(',', Servers) + Chroot;

    private static ServerAddress Server(string one, string whole)
    {
        string host = one;
        string? port = null;
        int bracket = one.LastIndexOf(']');
        int colon = one.LastIndexOf(':');
        if (colon > bracket && (bracket >= 0 || one.IndexOf(':', StringComparison.Ordinal) == colon))
        {
            (host, port) = (one[..colon], one[(colon + 1)..]);
        }

        host = host.Trim('[', ']');
        int number = ServerAddress.DefaultPort;
        if (host.Length == 0 || (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 65535)))
        {
            throw new FormatException($"'{one}' in the connect string '{whole}' is not host:port (port 1 to 65535; an IPv6 address in brackets).");
        }

        return new ServerAddress(host, number);
    }
}
