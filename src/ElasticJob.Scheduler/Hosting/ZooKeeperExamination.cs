using System.Globalization;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">What, in a word or two.</param>
/// <param name="Good">Whether it is as it must be.</param>
/// <param name="Text">What was found; of a fault, with the mend.</param>
public sealed record ZooKeeperFinding(string Check, bool Good, string Text);

/// <summary>Looks whether an ensemble can keep the state and the lead of a cluster; it changes nothing there.</summary>
public static class ZooKeeperExamination
{
    private static readonly Version Oldest = new(3, 5);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SessionPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Looks at each server, and over a session at the majority, the path and the rights there, the layout of the state, whose place it is, and the clocks
    /// of the schedulers. What cannot be looked at is left out.
    /// </summary>
    /// <param name="options">How a scheduler connects.</param>
    /// <param name="mark">Its cluster.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<ZooKeeperFinding>> RunAsync(
        ZooKeeperOptions options, ClusterMark mark, TimeProvider time, CancellationToken cancellationToken)
    {
        ServerStatus[] servers = await AskAsync(options, time, cancellationToken).ConfigureAwait(false);
        List<ZooKeeperFinding> findings = [.. servers.Select(Tell)];
        if (!servers.Any(server => server.State is ServerState.Serves or ServerState.Idle or ServerState.Closed))
        {
            return findings;
        }

        ZooKeeperOptions whole = options with
        {
            ConnectString = options.ConnectString with { Chroot = "" },
            ConnectTimeout = SessionPatience,
            ConnectionWait = SessionPatience,
            AllowReadOnly = true,
        };
        try
        {
            await using ZooKeeperClient client = await ZooKeeperClient.ConnectAsync(whole, cancellationToken).ConfigureAwait(false);
            ZooKeeperFinding session = Session(client, options);
            findings.Add(session);
            if (session.Good)
            {
                findings.AddRange(await PlaceExamination.RunAsync(client, options.ConnectString, mark, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (ZooKeeperException e)
        {
            findings.Add(new ZooKeeperFinding("zookeeper", false, Describe(e, options)));
        }

        return findings;
    }

    /// <summary>Why a scheduler does not get on with ZooKeeper, in a sentence or two with the mend.</summary>
    internal static async Task<string> WhyNotAsync(ZooKeeperOptions options, ZooKeeperException e, TimeProvider time, CancellationToken cancellationToken)
    {
        if (e is ZooKeeperSessionExpiredException)
        {
            return e.Message;
        }

        ServerStatus[] servers = await AskAsync(options, time, cancellationToken).ConfigureAwait(false);
        string[] faults = [.. servers.Select(Tell).Where(finding => !finding.Good).Select(finding => finding.Text)];
        return faults.Length > 0 ? string.Join(' ', faults) : Describe(e, options);
    }

    /// <summary>What a refusal means.</summary>
    internal static string Describe(ZooKeeperException e, ZooKeeperOptions options) => e.Error switch
    {
        ZooKeeperError.NoAuth or ZooKeeperError.AuthFailed =>
            $"ZooKeeper does not let this scheduler use {options.ConnectString} ({e.Message}). Check zookeeper.credential, and the ACLs of that path and below.",
        ZooKeeperError.Unimplemented => $"The servers of {options.ConnectString} are too old; ZooKeeper {Oldest} or later is needed. Upgrade them.",
        ZooKeeperError.NotReadOnly => NoMajority(options),
        ZooKeeperError.QuotaExceeded => $"The quota of {options.ConnectString} is used up ({e.Message}). Raise it.",
        _ => $"ZooKeeper at {options.ConnectString}: {e.Message}",
    };

    private static Task<ServerStatus[]> AskAsync(ZooKeeperOptions options, TimeProvider time, CancellationToken cancellationToken) => Task.WhenAll(
        options.ConnectString.Servers.Select(server => ServerStatus.AskAsync(server, options.Tls, ServerPatience, time, cancellationToken)));

    private static ZooKeeperFinding Tell(ServerStatus status)
    {
        string server = status.Server.ToString();
        string? fault = status.State switch
        {
            ServerState.Serves when status.Version < Oldest => $"{server} is ZooKeeper {status.Version}; {Oldest} or later is needed. Upgrade the server.",
            ServerState.Serves or ServerState.Closed => null,
            ServerState.Idle => $"{server} runs, but is in no majority and takes no writes. Start the other servers, and see that they reach each other at the ports of their server.N lines.",
            ServerState.Unreachable => $"{server} cannot be reached ({status.Detail}). Check the address in zookeeper.connect, that the server runs, and the firewalls between.",
            ServerState.Silent => $"{server} takes connections and says nothing ({status.Detail}). Its process or its machine stands still: look at it, or start it again.",
            ServerState.SpeaksPlain => $"{server} speaks no TLS on this port, and zookeeper.tls is set. Name the servers' secureClientPort in zookeeper.connect.",
            ServerState.SpeaksTls => $"{server} wants TLS on this port. Set zookeeper.tls, or name the servers' plain clientPort in zookeeper.connect.",
            ServerState.NotTrusted => $"The certificate of {server} is not trusted ({status.Detail}). Name the CA's certificate in zookeeper.tls.ca; the server's must hold the name {status.Server.Host}.",
            _ => $"{server} ends the connection ({status.Detail}). Check the port in zookeeper.connect; a server that demands a client certificate needs zookeeper.tls.certificate and zookeeper.tls.key.",
        };
        return new ZooKeeperFinding(
            $"zookeeper {server}",
            fault is null,
            fault ?? (status.State == ServerState.Closed ? $"answers; its version is not known, since {status.Detail}" : $"version {status.Version?.ToString() ?? "unknown"}, {status.Mode ?? "serves"}"));
    }

    private static ZooKeeperFinding Session(ZooKeeperClient client, ZooKeeperOptions options)
    {
        if (client.State == SessionState.ReadOnly)
        {
            return new ZooKeeperFinding("zookeeper session", false, NoMajority(options));
        }

        string granted = string.Create(CultureInfo.InvariantCulture, $"{client.SessionTimeout.TotalSeconds:0.#} s");
        return new ZooKeeperFinding("zookeeper session", true, client.SessionTimeout == options.SessionTimeout
            ? $"timeout {granted}"
            : string.Create(CultureInfo.InvariantCulture, $"timeout {granted}; the servers' bounds do not allow the {options.SessionTimeout.TotalSeconds:0.#} s that were asked for (minSessionTimeout, maxSessionTimeout)"));
    }

    private static string NoMajority(ZooKeeperOptions options) =>
        $"The servers of {options.ConnectString} that answer have no majority: they can be read, and take no writes. Bring the others back.";
}
