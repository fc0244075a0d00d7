using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Scheduling.Definitions.Reading;
using ElasticJob.ZooKeeper;

namespace ElasticJob.Cli.Platform;

/// <summary>The member <c>zookeeper</c> of a scheduler's configuration.</summary>
internal static class ZooKeeperSettings
{
    private static readonly TimeSpan ShortestSession = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSession = TimeSpan.FromMinutes(5);

    /// <param name="section">The member; may be absent.</param>
    /// <param name="folder">The folder of the configuration, from which relative paths count.</param>
    /// <param name="time">The clock of the sessions.</param>
    /// <param name="faults">Takes what is wrong, each with its path.</param>
    /// <returns>How to connect; null if there is no such member, or after a fault.</returns>
    public static ZooKeeperOptions? Read(JsonNode? section, string folder, TimeProvider time, List<string> faults)
    {
        if (section is null)
        {
            return null;
        }

        int before = faults.Count;
        ConfigSection.Known(section, "zookeeper", ["connect", "cluster", "credential", "tls", "sessionTimeout"], faults);
        ConnectString? connect = Connect(section, faults);
        Cluster(section, faults);
        (string User, string Password)? credential = Credential(section.Member("credential"), folder, faults);
        SslClientAuthenticationOptions? tls = Tls(section.Member("tls"), folder, faults);
        TimeSpan? session = Session(section, faults);
        if (connect is null || faults.Count > before)
        {
            return null;
        }

        var options = new ZooKeeperOptions(connect) { Tls = tls, TimeProvider = time };
        options = session is { } timeout ? options with { SessionTimeout = timeout } : options;

        // Whoever authenticates keeps what it writes to itself: definitions name commands that run on the cluster.
        return credential is { } known
            ? options with { Authentication = [Authentication.Digest(known.User, known.Password)], DefaultAcl = [Acl.Creator(Permissions.All)] }
            : options;
    }

    private static ConnectString? Connect(JsonNode section, List<string> faults)
    {
        string? text = section.Text("connect");
        if (string.IsNullOrWhiteSpace(text))
        {
            faults.Add("zookeeper.connect: is missing; the servers and the place below which everything is kept, such as zk1:2181,zk2:2181,zk3:2181/elasticjob");
            return null;
        }

        try
        {
            var connect = ConnectString.Parse(text);
            if (connect.Chroot.Length > 0)
            {
                return connect;
            }

            faults.Add($"zookeeper.connect: names no place of its own; write {text.TrimEnd('/')}/elasticjob");
        }
        catch (FormatException e)
        {
            faults.Add($"zookeeper.connect: {e.Message}");
        }

        return null;
    }

    private static void Cluster(JsonNode section, List<string> faults)
    {
        if (section.Member("cluster") is not null && (section.Text("cluster") is not { Length: > 0 and <= 100 } name || name.Any(char.IsControl)))
        {
            faults.Add("zookeeper.cluster: must be a name of up to 100 characters, the same for all schedulers of the cluster, such as production");
        }
    }

    private static (string User, string Password)? Credential(JsonNode? reference, string folder, List<string> faults)
    {
        const string Path = "zookeeper.credential";
        switch (reference)
        {
            case null:
                return null;
            case JsonObject named:
                if (SecretReference.Read(named, Path, folder, faults)?.Trim() is not { } secret)
                {
                    return null;
                }

                int colon = secret.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0 && colon < secret.Length - 1)
                {
                    return (secret[..colon], secret[(colon + 1)..]);
                }

                faults.Add($"{Path}: must hold one line, USER:PASSWORD");
                return null;
            default:
                faults.Add($"{Path}: must be {{ \"fromFile\": FILE }} or {{ \"fromEnv\": NAME }}; a secret does not stand in the configuration");
                return null;
        }
    }

    private static SslClientAuthenticationOptions? Tls(JsonNode? section, string folder, List<string> faults)
    {
        switch (section)
        {
            case null:
                return null;
            case JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False:
                return value.GetValue<bool>() ? new SslClientAuthenticationOptions() : null;
            case JsonObject:
                break;
            default:
                faults.Add("zookeeper.tls: must be true, or an object with ca, certificate and key (PEM files)");
                return null;
        }

        ConfigSection.Known(section, "zookeeper.tls", ["ca", "certificate", "key"], faults);
        var options = new SslClientAuthenticationOptions();
        if (section.Text("ca") is { } ca)
        {
            Pem("zookeeper.tls.ca", faults, () =>
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(Path.GetFullPath(ca, folder));
                options.CertificateChainPolicy = policy;
            });
        }

        switch (section.Text("certificate"), section.Text("key"))
        {
            case (null, null):
                break;
            case ({ } certificate, { } key):
                Pem("zookeeper.tls.certificate", faults, () => options.ClientCertificates =
                    [X509Certificate2.CreateFromPemFile(Path.GetFullPath(certificate, folder), Path.GetFullPath(key, folder))]);
                break;
            default:
                faults.Add("zookeeper.tls: certificate and key go together; name both, or none");
                break;
        }

        return options;
    }

    private static void Pem(string path, List<string> faults, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            faults.Add($"{path}: cannot be read as PEM: {e.Message}");
        }
    }

    private static TimeSpan? Session(JsonNode section, List<string> faults)
    {
        if (section.Member("sessionTimeout") is null)
        {
            return null;
        }

        if (DurationText.TryParse(section.Text("sessionTimeout"), out TimeSpan timeout) && timeout >= ShortestSession && timeout <= LongestSession)
        {
            return timeout;
        }

        faults.Add("zookeeper.sessionTimeout: must be a duration from 1s to 5m, such as 10s");
        return null;
    }
}
