using System.Formats.Tar;
using System.IO.Compression;

namespace ElasticJob.Scheduler.Packages;

/// <summary>
/// Walks an archive once before anybody unpacks it: it must be whole, and nothing in it may land outside the folder it is unpacked into.
/// </summary>
internal static class ArchiveCheck
{
    public static async Task<ArchiveKind> WalkAsync(string path, string package, PackageStoreOptions options, CancellationToken cancellationToken)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, useAsync: true);
        byte[] head = new byte[4];
        int read = await file.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false, cancellationToken);
        file.Position = 0;
        try
        {
            switch (head)
            {
                case [0x1f, 0x8b, ..] when read >= 2:
                    await WalkTarAsync(file, package, options, cancellationToken);
                    return ArchiveKind.TarGz;
                case [(byte)'P', (byte)'K', 3, 4]:
                    await WalkZipAsync(file, package, options, cancellationToken);
                    return ArchiveKind.Zip;
                case [(byte)'P', (byte)'K', 5, 6]:
                    throw new PackageException($"The package '{package}' is an empty archive.");
                default:
                    throw new PackageException($"The package '{package}' is neither a tar.gz nor a zip archive; pack the folder with: tar -czf app.tar.gz -C FOLDER .");
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new PackageException($"The package '{package}' is damaged: {e.Message} Make or fetch it again.", e);
        }
    }

    private static async Task WalkTarAsync(Stream file, string package, PackageStoreOptions options, CancellationToken cancellationToken)
    {
        await using var gzip = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        var limit = new LimitedStream(gzip, package, options.LargestUnpacked);
        await using (var tar = new TarReader(limit, leaveOpen: true))
        {
            var links = new HashSet<string>(StringComparer.Ordinal);
            int entries = 0;
            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
                {
                    continue;
                }

                Count(++entries, package, options);
                string name = CheckName(entry.Name, package);
                CheckBelowLinks(name, links, package);
                switch (entry.EntryType)
                {
                    case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile or TarEntryType.Directory:
                        break;
                    case TarEntryType.SymbolicLink:
                        CheckLink(entry.Name, Path.GetDirectoryName(name) ?? "", entry.LinkName, package);
                        links.Add(name);
                        break;
                    case TarEntryType.HardLink:
                        CheckLink(entry.Name, "", entry.LinkName, package);
                        CheckBelowLinks(Normal(entry.LinkName) ?? "", links, package);
                        break;
                    default:
                        throw new PackageException($"The package '{package}' has the entry '{entry.Name}', which is a {entry.EntryType}; only files, folders and links may be in it.");
                }
            }

            if (entries == 0)
            {
                throw new PackageException($"The package '{package}' is an empty archive.");
            }
        }

        // Reads on to the end, so that the checksum at the end of the gzip stream is verified too.
        await limit.CopyToAsync(Stream.Null, cancellationToken);
    }

    private static async Task WalkZipAsync(Stream file, string package, PackageStoreOptions options, CancellationToken cancellationToken)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        long total = 0;
        int entries = 0;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            Count(++entries, package, options);
            string name = CheckName(entry.FullName, package);
            int type = (entry.ExternalAttributes >> 16) & 0xF000;
            await using var data = new LimitedStream(await entry.OpenAsync(cancellationToken), package, options.LargestUnpacked - total);
            if (type == 0xA000)
            {
                using var target = new StreamReader(data);
                CheckLink(entry.FullName, Path.GetDirectoryName(name) ?? "", await target.ReadToEndAsync(cancellationToken), package);
            }
            else if (type is not (0 or 0x8000 or 0x4000))
            {
                throw new PackageException($"The package '{package}' has the entry '{entry.FullName}', which is a device or the like; only files, folders and links may be in it.");
            }
            else
            {
                // Reading it through verifies its CRC.
                await data.CopyToAsync(Stream.Null, cancellationToken);
            }

            total += data.Total;
        }
    }

    private static void Count(int entries, string package, PackageStoreOptions options)
    {
        if (entries > options.MostEntries)
        {
            throw new PackageException($"The package '{package}' has more than {options.MostEntries} entries, which is the limit.");
        }
    }

    private static string CheckName(string name, string package)
    {
        if (name.StartsWith('/') || name.StartsWith('\\') || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])))
        {
            throw new PackageException($"The package '{package}' has the entry '{name}' with an absolute path; pack it with relative ones.");
        }

        return Normal(name) is { } normal && !name.Contains('\0')
            ? normal
            : throw new PackageException($"The package '{package}' has the entry '{name}', which would land outside the folder it is unpacked into.");
    }

    private static void CheckLink(string entry, string folder, string target, string package)
    {
        if (target.Length == 0 || target.StartsWith('/') || target.StartsWith('\\') || Normal($"{folder}/{target}") is null)
        {
            throw new PackageException($"The package '{package}' has the link '{entry}' to '{target}', which is outside the package.");
        }
    }

    // Two links that are harmless alone can point outside together; nothing may be written through a link.
    private static void CheckBelowLinks(string name, HashSet<string> links, string package)
    {
        for (string? parent = Path.GetDirectoryName(name); !string.IsNullOrEmpty(parent); parent = Path.GetDirectoryName(parent))
        {
            if (links.Contains(parent))
            {
                throw new PackageException($"The package '{package}' has the entry '{name}' below the link '{parent}'; entries may not go through links.");
            }
        }
    }

    /// <summary>The path without <c>.</c> and <c>..</c>; null when it leaves its root.</summary>
    private static string? Normal(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/', '\\'))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
