using System.Globalization;

namespace ElasticJob.ZooKeeper;

/// <summary>Where a server of the ensemble listens for clients.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Port; 2181 unless told otherwise.</param>
public sealed record ServerAddress(string Host, int Port)
{
    /// <summary>ZooKeeper's own client port.</summary>
    public const int DefaultPort = 2181;

    /// <summary><c>host:port</c>, an IPv6 address in brackets.</summary>
    public override string ToString() =>
        Host.Contains(':') ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}") : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
