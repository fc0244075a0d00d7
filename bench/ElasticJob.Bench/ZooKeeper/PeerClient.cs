using System.Diagnostics;
using System.Globalization;

namespace ElasticJob.Bench.ZooKeeper;

/// <summary>ZooKeeper's own Java client, if this machine can run it from its source.</summary>
internal static class PeerClient
{
    private const string Classes = "/usr/share/java/zookeeper.jar:/usr/share/java/netty-codec.jar:/usr/share/java/netty-resolver.jar";

    /// <summary>Requests per second of each round; empty if there is no Java compiler.</summary>
    public static async Task<IReadOnlyList<double>> SetDataAsync(string server, string path, int count, int inFlight, int bytes, int rounds, CancellationToken cancellationToken)
    {
        string source = Path.Combine("bench", "ElasticJob.Bench", "ZooKeeper", "SetDataPeer.java");
        var start = new ProcessStartInfo("java", ["-cp", Classes, source, server, path, Text(count), Text(inFlight), Text(bytes), Text(rounds)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process java = Process.Start(start)!;
        Task<string> errors = java.StandardError.ReadToEndAsync(cancellationToken);
        string rates = await java.StandardOutput.ReadToEndAsync(cancellationToken);
        await java.WaitForExitAsync(cancellationToken);
        if (java.ExitCode != 0)
        {
            Console.Error.WriteLine($"The Java client could not be measured: {(await errors).Trim().Split('\n')[0]}");
            return [];
        }

        return [.. rates.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(rate => double.Parse(rate, CultureInfo.InvariantCulture))];
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
