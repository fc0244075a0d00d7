using System.Net;
using System.Text.Json;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>
/// Reads where Mesos masters register themselves: below their path each has a node <c>json.info_NNNNNNNNNN</c> with a <c>MasterInfo</c> in JSON, and the
/// one with the lowest number leads.
/// </summary>
public sealed class ZooKeeperMasters(ZooKeeperOptions options) : IMasterDirectory, IAsyncDisposable
{
    private const string Prefix = "json.info_";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim connecting = new(1);
    private ZooKeeperClient? client;

    /// <inheritdoc/>
    public async Task<Uri?> FindLeaderAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(null, cancellationToken).ConfigureAwait(false);
        }
        catch (ZooKeeperException e)
        {
            throw new MesosUnavailableException($"ZooKeeper at {options.ConnectString} does not tell which master leads: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public async Task LeaderChangedAsync(Uri leader, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var changed = new OneTimeWatch();
                Uri? now = await LookAsync(changed, cancellationToken).ConfigureAwait(false);
                if (now is not null && now.Authority != leader.Authority)
                {
                    return;
                }

                await changed.Fired.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception ill) when (ill is ZooKeeperException or MesosUnavailableException)
            {
                // The subscription stands without ZooKeeper; it is looked again when that is back.
                await Task.Delay(Pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (client is not null)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }

        connecting.Dispose();
    }

    private async Task<Uri?> LookAsync(OneTimeWatch? watch, CancellationToken cancellationToken)
    {
        ZooKeeperClient session = await SessionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            NodeChildren children = await session.GetChildrenAsync("/", watch, cancellationToken).ConfigureAwait(false);
            string? first = children.Names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Min(StringComparer.Ordinal);
            return first is null ? null : Address((await session.GetDataAsync($"/{first}", cancellationToken: cancellationToken).ConfigureAwait(false)).Data);
        }
        catch (ZooKeeperException gone) when (gone.Error == ZooKeeperError.NoNode && watch is null)
        {
            // No master has ever registered here, or the leader went away between the two questions.
            return null;
        }
    }

    /// <summary>The session, or a new one after it has expired.</summary>
    private async Task<ZooKeeperClient> SessionAsync(CancellationToken cancellationToken)
    {
        await connecting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (client is { State: SessionState.Expired or SessionState.Closed or SessionState.AuthFailed })
            {
                await client.DisposeAsync().ConfigureAwait(false);
                client = null;
            }

            return client ??= await ZooKeeperClient.ConnectAsync(options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            connecting.Release();
        }
    }

    /// <summary><c>{"address": {"hostname": …, "ip": …, "port": …}, "hostname": …, "port": …}</c>: the ip first, for names may not resolve here.</summary>
    internal static Uri Address(byte[] data)
    {
        try
        {
            using JsonDocument info = JsonDocument.Parse(data);
            JsonElement at = info.RootElement.TryGetProperty("address", out JsonElement address) ? address : info.RootElement;
            string? host = at.TryGetProperty("ip", out JsonElement ip) && ip.ValueKind == JsonValueKind.String ? ip.GetString() : at.GetProperty("hostname").GetString();
            int port = at.GetProperty("port").GetInt32();
            if (string.IsNullOrEmpty(host) || port is <= 0 or > IPEndPoint.MaxPort)
            {
                throw new FormatException("It has neither an ip nor a hostname, or no port.");
            }

            // The node does not say whether the master speaks TLS; HTTP is what it does by default. The builder puts IPv6 addresses in brackets.
            return new UriBuilder(Uri.UriSchemeHttp, host, port).Uri;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new MesosUnavailableException($"The leading master's node in ZooKeeper cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
