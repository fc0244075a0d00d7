using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>
/// The certificate that the API shows. The files are looked at with a new connection, at most every few seconds: a renewed certificate is used without a
/// restart. One that cannot be read is told in the log, and the one before stays in use.
/// </summary>
internal sealed partial class ServerCertificate : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TlsOptions options;
    private readonly TimeProvider time;
    private readonly ILogger<ServerCertificate> logger;
    private readonly List<X509Certificate2> used = [];
    private SslStreamCertificateContext current;
    private (DateTime, DateTime) written;
    private long lookedAt;

    /// <exception cref="IOException">The files cannot be read; the message says which and why.</exception>
    public ServerCertificate(TlsOptions options, TimeProvider time, ILogger<ServerCertificate> logger)
    {
        this.options = options;
        this.time = time;
        this.logger = logger;
        written = Written();
        current = Load();
        lookedAt = time.GetTimestamp();
    }

    public SslStreamCertificateContext Current
    {
        get
        {
            lock (gate)
            {
                if (time.GetElapsedTime(lookedAt) >= LookEvery)
                {
                    lookedAt = time.GetTimestamp();
                    Look();
                }

                return current;
            }
        }
    }

    public void Dispose() => used.ForEach(c => c.Dispose());

    /// <summary>Takes the files if they have changed.</summary>
    internal void Look()
    {
        (DateTime, DateTime) now = Written();
        if (now == written)
        {
            return;
        }

        try
        {
            current = Load();
            written = now;
            LogRenewed(current.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (IOException e)
        {
            // Perhaps only one of the two files is there yet; the next look tries again.
            LogUnreadable(e.Message);
        }
    }

    private (DateTime, DateTime) Written() => (File.GetLastWriteTimeUtc(options.Certificate), File.GetLastWriteTimeUtc(options.Key));

    private SslStreamCertificateContext Load()
    {
        try
        {
            X509Certificate2 target = X509Certificate2.CreateFromPemFile(options.Certificate, options.Key);
            if (OperatingSystem.IsWindows())
            {
                // Windows cannot use the ephemeral key of a PEM file as it is.
                using X509Certificate2 ephemeral = target;
                target = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
            }

            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(options.Certificate);
            used.Add(target);
            used.AddRange(chain);
            return SslStreamCertificateContext.Create(target, chain, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new IOException($"The certificate {options.Certificate} with the key {options.Key} cannot be used: {e.Message} Both must be PEM, and belong together.", e);
        }
    }

    [LoggerMessage(2010, LogLevel.Information, "The certificate of the API was renewed; it is valid until {Until:u}.")]
    private partial void LogRenewed(DateTime until);

    [LoggerMessage(2011, LogLevel.Error, "The renewed certificate of the API cannot be used, so the one before stays: {Reason}")]
    private partial void LogUnreadable(string reason);
}
