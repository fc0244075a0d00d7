using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ElasticJob.Cli.Platform;

/// <summary>Whether a TCP port of this machine is free, and who has it if not.</summary>
internal static class PortUse
{
    /// <summary>Refuses with one sentence that says who has the port, as far as that can be known, and the mend.</summary>
    public static void Demand(int port)
    {
        if (port == 0)
        {
            return;
        }

        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!OperatingSystem.IsWindows())
        {
            // As the server does: connections in TIME_WAIT of an earlier start are no obstacle.
            probe.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        }

        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            probe.Listen(1);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            string owner = OwnerOf(port) is { } process ? $" by {process}" : "";
            throw CliException.Refused($"Port {port} is in use{owner}. End that program, or choose another port: elasticjob up --port {(port < 65535 ? port + 1 : port - 1)}.");
        }
        catch (SocketException e)
        {
            throw CliException.Refused($"Port {port} cannot be used ({e.Message}). Choose another: elasticjob up --port 8899.");
        }
    }

    /// <summary>Linux tells the socket's inode in /proc/net/tcp, and each process its sockets in /proc/PID/fd.</summary>
    internal static string? OwnerOf(int port)
    {
        try
        {
            string? inode = InodeOf(port);
            if (inode is null)
            {
                return null;
            }

            foreach (string folder in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
            {
                if (Holds(folder, $"socket:[{inode}]"))
                {
                    return $"'{File.ReadAllText(Path.Combine(folder, "comm")).Trim()}' (process {Path.GetFileName(folder)})";
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then it is not known.
        }

        return null;
    }

    private static string? InodeOf(int port)
    {
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        foreach (string file in new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists))
        {
            // sl local_address rem_address st tx_queue:rx_queue tr:when retrnsmt uid timeout inode; state 0A is LISTEN.
            foreach (string[] columns in File.ReadLines(file).Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                if (columns.Length > 9 && columns[1].EndsWith(suffix, StringComparison.Ordinal) && columns[3] == "0A")
                {
                    return columns[9];
                }
            }
        }

        return null;
    }

    private static bool Holds(string folder, string socket)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(folder, "fd")).Any(fd => TargetOf(fd) == socket);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's process, or one that just ended.
            return false;
        }
    }

    private static string? TargetOf(string descriptor)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed since it was listed; the others are still worth a look.
            return null;
        }
    }
}
