using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ElasticJob.ZooKeeper.Tests.Server;

/// <summary>A real server with a plain port and one that wants TLS and a client's certificate, and the certificates for it.</summary>
public sealed class TlsServer : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("zk-tls-").FullName;
    private readonly int securePort = ZooKeeperServer.FreePort();
    private ZooKeeperServer? server;

    public string PlainAddress => server!.Address;

    public string SecureAddress => $"127.0.0.1:{securePort}";

    public string CaFile => Path.Combine(folder, "ca.pem");

    public string ClientFile => Path.Combine(folder, "client.pem");

    public async ValueTask InitializeAsync()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test-ca", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 ca = request.CreateSelfSigned(From, Until);
        await File.WriteAllTextAsync(CaFile, ca.ExportCertificatePem());
        Issue(ca, "127.0.0.1", "server.pem");
        Issue(ca, "client", "client.pem");
        server = await ZooKeeperServer.StartAloneAsync(CancellationToken.None, $"""
            serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
            secureClientPort={securePort}
            secureClientPortAddress=127.0.0.1
            ssl.keyStore.location={Path.Combine(folder, "server.pem")}
            ssl.keyStore.type=PEM
            ssl.trustStore.location={CaFile}
            ssl.trustStore.type=PEM
            """.Replace("            ", "", StringComparison.Ordinal));
    }

    /// <summary>What a client needs for the secure port.</summary>
    public SslClientAuthenticationOptions Tls(bool trusts = true, bool shows = true)
    {
        var tls = new SslClientAuthenticationOptions();
        if (trusts)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(CaFile);
            tls.CertificateChainPolicy = policy;
        }

        if (shows)
        {
            tls.ClientCertificates = [X509Certificate2.CreateFromPemFile(ClientFile)];
        }

        return tls;
    }

    public async ValueTask DisposeAsync()
    {
        await server!.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static DateTimeOffset From => TimeProvider.System.GetUtcNow().AddDays(-1);

    private static DateTimeOffset Until => TimeProvider.System.GetUtcNow().AddDays(1);

    private void Issue(X509Certificate2 ca, string name, string file)
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(ca, From.AddHours(1), Until.AddHours(-1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(folder, file), $"{issued.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
