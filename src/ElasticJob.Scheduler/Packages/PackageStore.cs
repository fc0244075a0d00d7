using System.Buffers.Text;
using System.Security.Cryptography;
using ElasticJob.Scheduling.Definitions;

namespace ElasticJob.Scheduler.Packages;

/// <summary>
/// Keeps packages in a folder by their digest. 1. the bytes arrive in a file aside (packed from a folder, copied or downloaded), 2. their
/// checksum is compared, 3. the archive is walked once, 4. the file is moved to its name. Whatever fails, the file aside is removed.
/// </summary>
public sealed class PackageStore(PackageStoreOptions options, TimeProvider time) : IPackageStore, IDisposable
{
    private const string Aside = ".new-";

    private readonly PackageDownload download = new(options, time);

    /// <inheritdoc/>
    public async ValueTask<StoredPackage> StoreAsync(string package, string? checksum, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(options.Folder);
        string aside = Path.Combine(folder, $"{Aside}{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9))}");
        try
        {
            Directory.CreateDirectory(folder);
            await FetchAsync(package, aside, cancellationToken);
            string digest = await DigestAsync(aside, cancellationToken);
            if (checksum is not null && !checksum.Equals($"sha256:{digest}", StringComparison.OrdinalIgnoreCase))
            {
                throw new PackageException($"The package '{package}' has the checksum sha256:{digest}, not {checksum}; it was changed or damaged. Compare it with its source, then correct the checksum.");
            }

            ArchiveKind kind = await ArchiveCheck.WalkAsync(aside, package, options, cancellationToken);
            string path = Path.Combine(folder, $"sha256-{digest}{(kind == ArchiveKind.Zip ? ".zip" : ".tar.gz")}");
            if (File.Exists(path))
            {
                // Somebody wants it again: the sweep must see that.
                File.SetLastWriteTimeUtc(path, time.GetUtcNow().UtcDateTime);
            }
            else
            {
                File.Move(aside, path, overwrite: true);
            }

            return new StoredPackage(path, $"sha256:{digest}");
        }
        catch (IOException e) when (IsDiskFull(e))
        {
            throw new PackageException($"The package '{package}' cannot be kept in {folder}: the disk is full. Make room and try again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PackageException($"The package '{package}' cannot be read or kept in {folder}: {e.Message}", e);
        }
        finally
        {
            Remove(aside);
        }
    }

    /// <inheritdoc/>
    public int Sweep(IReadOnlyCollection<StoredPackage> used)
    {
        var folder = new DirectoryInfo(options.Folder);
        if (!folder.Exists)
        {
            return 0;
        }

        var digests = used.Select(p => p.Digest.Replace("sha256:", "sha256-", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        DateTime before = (time.GetUtcNow() - options.SweepAge).UtcDateTime;
        int removed = 0;
        foreach (FileInfo file in folder.EnumerateFiles().Where(f => f.LastWriteTimeUtc < before && !digests.Contains(f.Name.Split('.')[0])))
        {
            // What a stopped scheduler left aside begins with ".new-"; anything else here is not ours.
            if (file.Name.StartsWith("sha256-", StringComparison.Ordinal) || file.Name.StartsWith(Aside, StringComparison.Ordinal))
            {
                removed += Remove(file.FullName) ? 1 : 0;
            }
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose() => download.Dispose();

    private async Task FetchAsync(string package, string aside, CancellationToken cancellationToken)
    {
        if (Uri.TryCreate(package, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        {
            await download.FetchAsync(address, aside, cancellationToken);
            return;
        }

        string source = address is { IsFile: true } ? address.LocalPath : Path.GetFullPath(package);
        if (Directory.Exists(source))
        {
            await FolderArchive.PackAsync(source, aside, options, cancellationToken);
            return;
        }

        if (!File.Exists(source))
        {
            throw new PackageException($"There is no file or folder {source}. The package must be reachable from the scheduler; check the path, or use an http address.");
        }

        if (new FileInfo(source).Length is var size && size > options.LargestArchive)
        {
            throw new PackageException($"The package {source} has {size} bytes; the limit is {options.LargestArchive}.");
        }

        await using FileStream from = new(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, useAsync: true);
        await using FileStream to = new(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 128 * 1024, useAsync: true);
        await from.CopyToAsync(to, cancellationToken);
        to.Flush(flushToDisk: true);
    }

    private static async Task<string> DigestAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, useAsync: true);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }

    // ENOSPC on Linux, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL on Windows, EDQUOT on Linux.
    internal static bool IsDiskFull(IOException e) => (e.HResult & 0xFFFF) is 28 or 112 or 39 or 122;

    private static bool Remove(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The answer matters more than the file aside; its name begins with a dot and it is never read. The next sweep tries again.
            return false;
        }
    }
}
