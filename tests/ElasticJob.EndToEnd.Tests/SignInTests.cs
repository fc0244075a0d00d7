using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using ElasticJob.EndToEnd.Tests.Support;

namespace ElasticJob.EndToEnd.Tests;

/// <summary>From the link that a first start prints to an entry in the audit log, as a browser goes: with cookies, in clear and over TLS.</summary>
public sealed partial class SignInTests
{
    private const string Password = "correct horse battery";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignInLink_LeadsToAUserASessionAndAnAuditEntry(bool tls)
    {
        using var folder = new TestFolder();
        (string[] flags, byte[]? certificate) = tls ? Certificate(folder) : ([], null);
        using Launched launched = Launched.Start([Built.ElasticJob, "up", "--port", "0", "--data", folder.Data, .. flags]);
        try
        {
            await launched.SaysAsync("Ctrl+C ends everything.");
            Match link = Link().Match(launched.Output);
            link.Success.ShouldBeTrue(launched.Output);
            var server = new Uri(link.Groups["server"].Value);
            server.Scheme.ShouldBe(tls ? "https" : "http");
            string secret = link.Groups["secret"].Value;

            // The link signs in once; what writes must also know the session's secret for writing.
            using Browser first = new(server, certificate);
            (await first.SendAsync(HttpMethod.Get, "api/v1/session")).Status.ShouldBe(HttpStatusCode.Unauthorized);
            JsonElement session = (await first.SendAsync(HttpMethod.Post, "api/v1/session", new { link = secret })).Is(HttpStatusCode.OK);
            (session.Text("kind"), session.Text("role")).ShouldBe(("session", "admin"));
            object ann = new { name = "ann", role = "admin", password = Password };
            (await first.SendAsync(HttpMethod.Post, "api/v1/users", ann)).Is(HttpStatusCode.Forbidden).Text("code").ShouldBe("csrf");
            first.Csrf = session.Text("csrf");
            (await first.SendAsync(HttpMethod.Post, "api/v1/users", ann)).Is(HttpStatusCode.Created);
            using Browser second = new(server, certificate);
            (await second.SendAsync(HttpMethod.Post, "api/v1/session", new { link = secret })).Is(HttpStatusCode.Unauthorized);

            // The user signs in, writes, and the audit log says who did it, from where and what changed.
            (await second.SendAsync(HttpMethod.Post, "api/v1/session", new { user = "ann", password = "wrong horse battery" })).Is(HttpStatusCode.Unauthorized);
            second.Csrf = (await second.SendAsync(HttpMethod.Post, "api/v1/session", new { user = "ann", password = Password })).Is(HttpStatusCode.OK).Text("csrf");
            (await second.SendAsync(HttpMethod.Put, "api/v1/apps/shop", new { kind = "App", name = "shop", command = "./shop" })).Is(HttpStatusCode.Created);
            JsonElement entry = await Until.Async(
                async () => (await second.SendAsync(HttpMethod.Get, "api/v1/audit?actor=ann&limit=50")).Is(HttpStatusCode.OK).GetProperty("items").EnumerateArray()
                    .FirstOrDefault(e => e.ToString().Contains("shop", StringComparison.Ordinal)),
                e => e.ValueKind == JsonValueKind.Object,
                "the entry of the audit log");
            (entry.Text("actor"), entry.Text("remote"), entry.Text("outcome")).ShouldBe(("ann", "127.0.0.1", "done"));
            JsonElement change = entry.GetProperty("changes").EnumerateArray().ShouldHaveSingleItem();
            (change.Text("kind"), change.Text("name"), change.Text("change")).ShouldBe(("app", "shop", "created"));

            // After signing out the cookie is worth nothing.
            (await second.SendAsync(HttpMethod.Delete, "api/v1/session")).Status.ShouldBe(HttpStatusCode.NoContent);
            (await second.SendAsync(HttpMethod.Get, "api/v1/jobs")).Status.ShouldBe(HttpStatusCode.Unauthorized);
            launched.Output.ShouldNotContain(Password);
        }
        finally
        {
            ProcessTable.InterruptGroup(launched.Id);
            await launched.Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        }

        launched.Process.ExitCode.ShouldBe(0, launched.Output);
        await ProcessTable.NoneLeftAsync(folder.Data);
    }

    [Fact]
    public async Task TlsFlags_HalfOrWithoutFiles_AreRefusedWithTheMend()
    {
        using var folder = new TestFolder();
        Ended half = await Program.RunAsync(Built.ElasticJob, ["up", "--data", folder.Data, "--tls-key", "x"]);
        (half.Code, half.Error).ShouldSatisfyAllConditions(e => e.Code.ShouldBe(2), e => e.Error.ShouldContain("--tls-certificate and --tls-key go together"));
        Ended none = await Program.RunAsync(Built.ElasticJob, ["up", "--data", folder.Data, "--tls-key", "/nowhere/key", "--tls-certificate", "/nowhere/pem"]);
        none.Code.ShouldBe(1);
        none.Error.ShouldContain("tls.certificate: must be the path of a PEM file");
    }

    private static (string[] Flags, byte[] Certificate) Certificate(TestFolder folder)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 certificate = new CertificateRequest("CN=jobs.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return (
            ["--tls-certificate", folder.Write("api.pem", certificate.ExportCertificatePem()), "--tls-key", folder.Write("api.key", key.ExportPkcs8PrivateKeyPem())],
            certificate.RawData);
    }

    [GeneratedRegex(@"sign in\s+(?<server>https?://[^/\s]+)/sign-in\?link=(?<secret>\S+)")]
    private static partial Regex Link();

    /// <summary>Keeps cookies as a browser does, and trusts one certificate.</summary>
    private sealed class Browser : IDisposable
    {
        private readonly HttpClient http;

        public Browser(Uri server, byte[]? certificate) => http = new HttpClient(new HttpClientHandler
        {
            UseCookies = true,
            CookieContainer = new CookieContainer(),
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => certificate is not null && shown!.RawDataMemory.Span.SequenceEqual(certificate),
        })
        { BaseAddress = server };

        public string? Csrf { get; set; }

        public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            if (Csrf is not null)
            {
                request.Headers.Add("X-CSRF-Token", Csrf);
            }

            using HttpResponseMessage answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return new Answer(answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        public void Dispose() => http.Dispose();
    }

    private sealed record Answer(HttpStatusCode Status, string Text)
    {
        public JsonElement Is(HttpStatusCode status)
        {
            Status.ShouldBe(status, Text);
            return JsonElement.Parse(Text);
        }
    }
}
