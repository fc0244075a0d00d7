using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.ZooKeeper;

/// <summary>How to connect, and with which limits. Change it with <c>with</c>.</summary>
public sealed record ZooKeeperOptions
{
    /// <summary>For the servers of <paramref name="connectString"/>; see <see cref="ConnectString"/>.</summary>
    public ZooKeeperOptions(string connectString)
        : this(ZooKeeper.ConnectString.Parse(connectString))
    {
    }

    /// <summary>For the servers of <paramref name="connectString"/>.</summary>
    public ZooKeeperOptions(ConnectString connectString) => ConnectString = connectString;

    /// <summary>Servers and chroot.</summary>
    public ConnectString ConnectString { get; init; }

    /// <summary>
    /// How long the servers keep the session without a word from the client. The servers bound it (2 to 20 of their ticks, unless set otherwise);
    /// <see cref="ZooKeeperClient.SessionTimeout"/> tells the outcome. Default 10 s.
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long <see cref="ZooKeeperClient.ConnectAsync"/> tries the servers before it gives up. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may wait for a connection while the session is suspended. Default 30 s. Checked after every attempt to connect.</summary>
    public TimeSpan ConnectionWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many requests may be on their way without an answer; further ones wait in order. 1 to 100,000; default 1,000.</summary>
    public int MaxInFlight { get; init; } = 1_000;

    /// <summary>Largest request in bytes; the servers' <c>jute.maxbuffer</c>. A larger one is refused here, since a server would drop the connection. Default 1,048,575.</summary>
    public int MaxRequestBytes { get; init; } = 0xfffff;

    /// <summary>Largest answer in bytes that is taken. Default 64 MiB.</summary>
    public int MaxResponseBytes { get; init; } = 64 << 20;

    /// <summary>Whether a server without a majority will do, for reads. Such servers need <c>readonlymode.enabled=true</c>. Default false.</summary>
    public bool AllowReadOnly { get; init; }

    /// <summary>Credentials to show at every connection, before any request. Default none.</summary>
    public IReadOnlyList<Authentication> Authentication { get; init; } = [];

    /// <summary>ACL of nodes that are created without one of their own. Default: anyone may do anything.</summary>
    public IReadOnlyList<Acl> DefaultAcl { get; init; } = [Acl.World(Permissions.All)];

    /// <summary>TLS, to the servers' secure port; null for none. Without a <c>TargetHost</c> the name of each server is expected in its certificate.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>
    /// Seed of the order in which servers are tried, so that many clients spread over them. Default null: taken from the operating system.
    /// </summary>
    public int? Seed { get; init; }

    /// <summary>The clock for pings and deadlines.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the client logs.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal void Check()
    {
        Require(SessionTimeout >= TimeSpan.FromMilliseconds(100) && SessionTimeout <= TimeSpan.FromHours(24), nameof(SessionTimeout), "100 ms to 24 h");
        Require(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "more than nothing");
        Require(ConnectionWait > TimeSpan.Zero, nameof(ConnectionWait), "more than nothing");
        Require(MaxInFlight is >= 1 and <= 100_000, nameof(MaxInFlight), "1 to 100,000");
        Require(MaxRequestBytes >= 1_024, nameof(MaxRequestBytes), "1,024 or more");
        Require(MaxResponseBytes >= 1_024, nameof(MaxResponseBytes), "1,024 or more");
    }

    private static void Require(bool fine, string name, string range)
    {
        if (!fine)
        {
            throw new ArgumentException($"{nameof(ZooKeeperOptions)}.{name} must be {range}.");
        }
    }
}
