using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace ElasticJob.Local.Fetching;

/// <summary>Puts the files of a command into a sandbox: <c>/path</c>, <c>file:</c>, <c>http:</c>, <c>https:</c>.</summary>
/// <remarks>
/// A fragment <c>#sha256=HEX</c> at the end of a URI is a checksum that the bytes must have; it is not sent to a server. What is fetched with
/// <c>cache</c> is kept by URI and checksum; without a checksum the server (or the file's time and size) is asked whether it still holds.
/// </remarks>
internal sealed class Fetcher(string cacheDirectory, long unpackedLimit, HttpClient http)
{
    private const int NoSpaceLeft = 28;
    private const string ChecksumMark = "#sha256=";
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _busy = [];

    /// <exception cref="FetchFailedException">A URI could not be fetched or unpacked.</exception>
    public async Task FetchAsync(CommandInfo command, string sandbox, CancellationToken cancellationToken)
    {
        foreach (CommandInfo.Types.URI uri in command.Uris)
        {
            try
            {
                await FetchOneAsync(uri, sandbox, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException full) when ((full.HResult & 0xFFFF) == NoSpaceLeft)
            {
                throw new FetchFailedException($"Failed to fetch '{Shown(uri.Value)}': no space is left on the disk that holds '{sandbox}'");
            }
            catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException or HttpRequestException
                or FormatException or NotSupportedException or ArgumentException
                || (fault is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                throw new FetchFailedException($"Failed to fetch '{Shown(uri.Value)}': {fault.Message}");
            }
        }
    }

    private static string Shown(string uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out Uri? parsed) && parsed.UserInfo.Length > 0 ? uri.Replace(parsed.UserInfo + "@", "", StringComparison.Ordinal) : uri;

    private async Task FetchOneAsync(CommandInfo.Types.URI uri, string sandbox, CancellationToken cancellationToken)
    {
        (string source, string? checksum) = Split(uri.Value);
        string name = FileName(source);
        bool unpack = uri.Extract && !uri.Executable && ArchiveExtractor.CanExtract(name);
        string target = Target(sandbox, uri.HasOutputFile && uri.OutputFile.Length > 0 ? uri.OutputFile : name);
        string? local = LocalPath(source);
        if (local is not null && !File.Exists(local))
        {
            throw new FileNotFoundException(Directory.Exists(local) ? "it is a directory; an archive or a file is expected" : $"there is no file '{local}'");
        }

        string bytes = local
            ?? (uri.Cache ? await CachedAsync(source, checksum, cancellationToken).ConfigureAwait(false) : await DownloadAsync(source, target, cancellationToken).ConfigureAwait(false));
        if (checksum is not null && (local is not null || !uri.Cache))
        {
            await VerifyAsync(bytes, checksum, cancellationToken).ConfigureAwait(false);
        }

        if (unpack)
        {
            new ArchiveExtractor(sandbox, unpackedLimit).Extract(bytes, name);
            if (bytes == target)
            {
                File.Delete(target);
            }

            return;
        }

        if (bytes != target)
        {
            File.Copy(bytes, target, overwrite: true);
        }

        if (uri.Executable)
        {
            File.SetUnixFileMode(target, File.GetUnixFileMode(target) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }
    }

    private static (string Source, string? Checksum) Split(string uri)
    {
        int mark = uri.LastIndexOf(ChecksumMark, StringComparison.OrdinalIgnoreCase);
        return mark < 0 ? (uri, null) : (uri[..mark], uri[(mark + ChecksumMark.Length)..].ToLowerInvariant());
    }

    private static string FileName(string source)
    {
        string path = Uri.TryCreate(source, UriKind.Absolute, out Uri? uri) ? Uri.UnescapeDataString(uri.AbsolutePath) : source;
        string name = Path.GetFileName(path.TrimEnd('/'));
        return name is "" or "." or ".." ? throw new FormatException("its path names no file") : name;
    }

    private static string? LocalPath(string source) =>
        source.StartsWith('/') ? source
        : !Uri.TryCreate(source, UriKind.Absolute, out Uri? uri) ? throw new FormatException("it is neither an absolute path nor a file:, http: or https: address")
        : uri.IsFile ? uri.LocalPath
        : uri.Scheme is "http" or "https" ? null
        : throw new NotSupportedException($"'{uri.Scheme}:' is not supported; use an absolute path, file:, http: or https:");

    private static string Target(string sandbox, string file)
    {
        string target = Path.GetFullPath(Path.Combine(sandbox, file));
        if (!target.StartsWith(sandbox + "/", StringComparison.Ordinal))
        {
            throw new FormatException($"its output file '{file}' is outside of the sandbox");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }

    private async Task<string> DownloadAsync(string source, string target, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.GetAsync(source, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        await SaveAsync(response, target, cancellationToken).ConfigureAwait(false);
        return target;
    }

    private static async Task SaveAsync(HttpResponseMessage response, string target, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        await using FileStream file = File.Create(target);
        await response.Content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
    }

    private async Task<string> CachedAsync(string source, string? checksum, CancellationToken cancellationToken)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{source}\n{checksum}")));
        SemaphoreSlim busy = _busy.GetOrAdd(key, _ => new SemaphoreSlim(1));
        await busy.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(cacheDirectory);
            string entry = Path.Combine(cacheDirectory, key);
            string tagFile = entry + ".etag";
            bool have = File.Exists(entry);
            if (have && checksum is not null)
            {
                return entry;
            }

            using var request = new HttpRequestMessage(HttpMethod.Get, source);
            if (have && File.Exists(tagFile)
                && EntityTagHeaderValue.TryParse(await File.ReadAllTextAsync(tagFile, cancellationToken).ConfigureAwait(false), out EntityTagHeaderValue? tag))
            {
                request.Headers.IfNoneMatch.Add(tag);
            }

            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == System.Net.HttpStatusCode.NotModified)
            {
                return entry;
            }

            string fresh = string.Create(CultureInfo.InvariantCulture, $"{entry}.{Guid.NewGuid():N}");
            try
            {
                await SaveAsync(response, fresh, cancellationToken).ConfigureAwait(false);
                if (checksum is not null)
                {
                    await VerifyAsync(fresh, checksum, cancellationToken).ConfigureAwait(false);
                }

                File.Move(fresh, entry, overwrite: true);
            }
            finally
            {
                File.Delete(fresh);
            }

            if (response.Headers.ETag is { } newTag)
            {
                await File.WriteAllTextAsync(tagFile, newTag.ToString(), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                File.Delete(tagFile);
            }

            return entry;
        }
        finally
        {
            busy.Release();
        }
    }

    private static async Task VerifyAsync(string file, string checksum, CancellationToken cancellationToken)
    {
        await using FileStream bytes = File.OpenRead(file);
        string actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(bytes, cancellationToken).ConfigureAwait(false));
        if (actual != checksum)
        {
            throw new InvalidDataException($"its SHA-256 is {actual}, but {checksum} was demanded");
        }
    }
}
