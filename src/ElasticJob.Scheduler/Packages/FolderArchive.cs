using System.Formats.Tar;
using System.IO.Compression;

namespace ElasticJob.Scheduler.Packages;

/// <summary>Packs a folder so that equal files yield equal bytes: entries sorted, times and owners zeroed, modes kept.</summary>
internal static class FolderArchive
{
    public static async Task PackAsync(string folder, string path, PackageStoreOptions options, CancellationToken cancellationToken)
    {
        var entries = new List<string>();
        Collect(folder, "", entries, options);
        if (entries.Count == 0)
        {
            throw new PackageException($"The folder {folder} is empty.");
        }

        entries.Sort(StringComparer.Ordinal);
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 128 * 1024, useAsync: true);
        await using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip, TarEntryFormat.Gnu, leaveOpen: true))
        {
            foreach (string name in entries)
            {
                await AddAsync(tar, Path.Combine(folder, name), name.Replace('\\', '/'), cancellationToken);
                if (file.Length > options.LargestArchive)
                {
                    throw new PackageException($"The folder {folder} makes an archive larger than {options.LargestArchive} bytes, which is the limit.");
                }
            }
        }

        file.Flush(flushToDisk: true);
    }

    private static void Collect(string folder, string below, List<string> entries, PackageStoreOptions options)
    {
        foreach (FileSystemInfo item in new DirectoryInfo(Path.Combine(folder, below)).EnumerateFileSystemInfos())
        {
            string name = below.Length == 0 ? item.Name : $"{below}/{item.Name}";
            entries.Add(name);
            if (entries.Count > options.MostEntries)
            {
                throw new PackageException($"The folder {folder} has more than {options.MostEntries} files; name the folder that holds the program only.");
            }

            if (item is DirectoryInfo && item.LinkTarget is null)
            {
                Collect(folder, name, entries, options);
            }
        }
    }

    private static async Task AddAsync(TarWriter tar, string path, string name, CancellationToken cancellationToken)
    {
        FileSystemInfo item = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (item.LinkTarget is { } target)
        {
            await tar.WriteEntryAsync(Entry(TarEntryType.SymbolicLink, name, target, null), cancellationToken);
        }
        else if (item is DirectoryInfo)
        {
            await tar.WriteEntryAsync(Entry(TarEntryType.Directory, name + "/", null, item), cancellationToken);
        }
        else if (!IsFile((FileInfo)item))
        {
            throw new PackageException($"{path} is neither a file, a folder nor a link; remove it from the package.");
        }
        else
        {
            await using FileStream data = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, useAsync: true);
            GnuTarEntry entry = Entry(TarEntryType.RegularFile, name, null, item);
            entry.DataStream = data;
            await tar.WriteEntryAsync(entry, cancellationToken);
        }
    }

    // Opening a pipe would wait for ever, and .NET does not tell pipes from files. The writer of tar headers does, without opening them; only
    // what has no length can be one.
    private static bool IsFile(FileInfo item)
    {
        const int TypeFlag = 156;
        if (item.Length > 0 || OperatingSystem.IsWindows())
        {
            return true;
        }

        using var header = new MemoryStream();
        try
        {
            using var probe = new TarWriter(header, TarEntryFormat.Ustar, leaveOpen: true);
            probe.WriteEntry(item.FullName, "x");
        }
        catch (IOException)
        {
            return false;
        }

        return header.GetBuffer()[TypeFlag] == (byte)'0';
    }

    private static GnuTarEntry Entry(TarEntryType type, string name, string? target, FileSystemInfo? item)
    {
        var entry = new GnuTarEntry(type, name) { ModificationTime = DateTimeOffset.UnixEpoch };
        if (target is not null)
        {
            entry.LinkName = target;
        }

        if (item is not null && !OperatingSystem.IsWindows())
        {
            entry.Mode = item.UnixFileMode;
        }

        return entry;
    }
}
