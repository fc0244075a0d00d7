using System.Net;

namespace ElasticJob.Scheduler.Packages;

/// <summary>Fetches a package over http(s): size, time and redirects are limited.</summary>
internal sealed class PackageDownload : IDisposable
{
    private readonly PackageStoreOptions options;
    private readonly TimeProvider time;
    private readonly HttpClient client;

    public PackageDownload(PackageStoreOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        client = new HttpClient(new SocketsHttpHandler
        {
            MaxAutomaticRedirections = Math.Max(1, options.MostRedirects),
            AllowAutoRedirect = options.MostRedirects > 0,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(30),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("ElasticJob/1.0");
    }

    public async Task FetchAsync(Uri address, string path, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.DownloadTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                string why = (int)response.StatusCode is >= 300 and < 400 ? $"redirects more than {options.MostRedirects} times, or to an address that is not secure" : $"answers {(int)response.StatusCode} {response.ReasonPhrase}";
                throw new PackageException($"{Shown(address)} {why}; check the address of the package.");
            }

            long? announced = response.Content.Headers.ContentLength;
            if (announced > options.LargestArchive)
            {
                throw new PackageException($"{Shown(address)} has {announced} bytes; the limit is {options.LargestArchive}.");
            }

            await using Stream from = await response.Content.ReadAsStreamAsync(linked.Token);
            await using FileStream to = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 128 * 1024, useAsync: true);
            byte[] buffer = new byte[128 * 1024];
            long total = 0;
            int read;
            while ((read = await from.ReadAsync(buffer, linked.Token)) > 0)
            {
                total += read;
                if (total > options.LargestArchive)
                {
                    throw new PackageException($"{Shown(address)} sends more than {options.LargestArchive} bytes, which is the limit.");
                }

                await to.WriteAsync(buffer.AsMemory(0, read), linked.Token);
            }

            to.Flush(flushToDisk: true);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new PackageException($"{Shown(address)} did not arrive within {options.DownloadTimeout.TotalSeconds:0} s.", e);
        }
        catch (HttpRequestException e)
        {
            throw new PackageException($"{Shown(address)} cannot be fetched: {e.Message}", e);
        }
        catch (IOException e) when (e is HttpIOException || (e.InnerException is System.Net.Sockets.SocketException))
        {
            throw new PackageException($"{Shown(address)} broke off: {e.Message}", e);
        }
    }

    public void Dispose() => client.Dispose();

    // Without user, password and query: they may be secrets.
    private static string Shown(Uri address) => $"{address.Scheme}://{address.Authority}{address.AbsolutePath}";
}
