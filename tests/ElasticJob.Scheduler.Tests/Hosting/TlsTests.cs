using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduler.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace ElasticJob.Scheduler.Tests.Hosting;

/// <summary>The API over TLS, with certificates that are renewed while it runs.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("elasticjob-tls-").FullName;

    private TlsOptions Files => new(Path.Combine(folder, "api.pem"), Path.Combine(folder, "api.key"));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Host_WithCertificate_SpeaksTlsAndItsCookieIsForTlsAlone()
    {
        string thumbprint = Write("one");
        await using SchedulerHost host = await SchedulerHost.StartAsync(Options() with { Tls = Files }, TestContext.Current.CancellationToken);
        host.Address.Scheme.ShouldBe("https");
        string? seen = null;
        using var handler = new HttpClientHandler { UseCookies = false, ServerCertificateCustomValidationCallback = (_, shown, _, _) => (seen = shown!.Thumbprint) is not null };
        using var http = new HttpClient(handler) { BaseAddress = host.Address };
        string link = host.SignInLink!.Query["?link=".Length..];
        using var content = new StringContent($$"""{"link":"{{link}}"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.PostAsync(ApiRoutes.Session, content, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        seen.ShouldBe(thumbprint);
        answer.Headers.GetValues("Strict-Transport-Security").ShouldBe(["max-age=31536000"]);
        string cookie = answer.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldStartWith("__Host-elasticjob=");
        cookie.ShouldContain("secure");
    }

    [Fact]
    public async Task Host_BeyondTheLoopbackWithoutTls_IsRefused() =>
        (await Should.ThrowAsync<ArgumentException>(() => SchedulerHost.StartAsync(Options() with { ListenAddress = IPAddress.Any }, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("needs TLS");

    [Fact]
    public void Certificate_Renewed_IsTaken_AndOneThatIsBrokenIsNot()
    {
        string first = Write("one");
        using var certificate = new ServerCertificate(Files, TimeProvider.System, NullLogger<ServerCertificate>.Instance);
        certificate.Current.TargetCertificate.Thumbprint.ShouldBe(first);
        File.WriteAllText(Files.Certificate, "half a file");
        Touch(1);
        certificate.Look();
        certificate.Current.TargetCertificate.Thumbprint.ShouldBe(first);
        string second = Write("two");
        Touch(2);
        certificate.Look();
        certificate.Current.TargetCertificate.Thumbprint.ShouldBe(second);
    }

    [Fact]
    public void Certificate_ThatCannotBeRead_SaysWhichAndWhy()
    {
        File.WriteAllText(Files.Certificate, "nothing");
        File.WriteAllText(Files.Key, "nothing");
        Should.Throw<IOException>(() => new ServerCertificate(Files, TimeProvider.System, NullLogger<ServerCertificate>.Instance)).Message.ShouldContain(Files.Certificate);
    }

    private SchedulerHostOptions Options() => new()
    {
        DataDirectory = Path.Combine(folder, "data"),
        Masters = MasterAddresses.Parse("http://127.0.0.1:1"),
        RunnerCommand = "true",
        Port = 0,
        Logging = static _ => { },
    };

    private string Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(Files.Key, key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }

    /// <summary>File systems tell times apart by more than a test takes.</summary>
    private void Touch(int hours)
    {
        DateTime later = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(hours);
        File.SetLastWriteTimeUtc(Files.Certificate, later);
        File.SetLastWriteTimeUtc(Files.Key, later);
    }
}
