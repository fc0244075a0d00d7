using System.Formats.Tar;
using System.IO.Compression;

namespace ElasticJob.Local.Fetching;

/// <summary>
/// Unpacks archives that nobody vouches for. Refused are: absolute paths, paths with <c>..</c>, entries below a symbolic link, links that
/// lead out of the directory, devices, and more bytes than allowed — counted as they are written, not as the archive says.
/// </summary>
internal sealed class ArchiveExtractor(string root, long limit)
{
    private const int MostEntries = 1_000_000;
    private readonly string _root = Path.GetFullPath(root);
    private readonly List<string> _links = [];
    private long _written;
    private int _entries;

    public static bool CanExtract(string name) =>
        name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="InvalidDataException">The archive is damaged or wants what is refused.</exception>
    public void Extract(string archive, string name)
    {
        using FileStream file = File.OpenRead(archive);
        if (name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            ExtractZip(file);
        }
        else if (name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase))
        {
            ExtractTar(file);
        }
        else
        {
            using var unzipped = new GZipStream(file, CompressionMode.Decompress);
            ExtractTar(unzipped);
        }

        foreach (string link in _links)
        {
            CheckLink(link);
        }
    }

    private void ExtractTar(Stream stream)
    {
        using var reader = new TarReader(stream);
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            Count();
            string path = Place(entry.Name);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    Directory.CreateDirectory(path);
                    break;
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                    Write(path, entry.DataStream ?? Stream.Null, entry.Mode);
                    break;
                case TarEntryType.SymbolicLink:
                    Link(path, entry.Name, entry.LinkName);
                    break;
                case TarEntryType.HardLink:
                    File.Copy(Existing(entry.Name, entry.LinkName), path, overwrite: true);
                    break;
                default:
                    throw new InvalidDataException($"entry '{entry.Name}' is a {entry.EntryType}, which is not unpacked");
            }
        }

        if (_entries == 0)
        {
            throw new InvalidDataException("it holds no entries");
        }
    }

    private void ExtractZip(Stream stream)
    {
        const int FileType = 0xF000;
        const int SymbolicLink = 0xA000;
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            Count();
            int unixMode = entry.ExternalAttributes >> 16 & 0xFFFF;
            string path = Place(entry.FullName);
            if (entry.FullName.EndsWith('/'))
            {
                Directory.CreateDirectory(path);
                continue;
            }

            using Stream content = entry.Open();
            if ((unixMode & FileType) == SymbolicLink)
            {
                using var reader = new StreamReader(content);
                Link(path, entry.FullName, reader.ReadToEnd());
                continue;
            }

            UnixFileMode mode = (UnixFileMode)(unixMode & 0x1FF);
            Write(path, content, mode == 0 ? UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead : mode);
        }
    }

    private void Count()
    {
        if (++_entries > MostEntries)
        {
            throw new InvalidDataException($"it holds more than {MostEntries} entries");
        }
    }

    /// <summary>Where an entry goes; its parents are made and are real directories.</summary>
    private string Place(string name)
    {
        if (name.Length == 0 || Path.IsPathRooted(name) || name.Contains('\\') || name.Contains('\0') || name.Split('/').Contains(".."))
        {
            throw new InvalidDataException($"entry '{name}' would land outside of the sandbox");
        }

        string path = Path.GetFullPath(Path.Combine(_root, name)).TrimEnd('/');
        string parent = path == _root ? _root : Path.GetDirectoryName(path)!;
        for (string? directory = parent; directory is not null && directory.Length > _root.Length; directory = Path.GetDirectoryName(directory))
        {
            if (new System.IO.FileInfo(directory).LinkTarget is not null)
            {
                throw new InvalidDataException($"entry '{name}' would be written through a symbolic link");
            }
        }

        Directory.CreateDirectory(parent);
        var existing = new System.IO.FileInfo(path);
        if (existing.LinkTarget is not null)
        {
            existing.Delete();
        }

        return path;
    }

    private void Write(string path, Stream content, UnixFileMode mode)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidDataException($"'{Path.GetRelativePath(_root, path)}' is both a directory and a file");
        }

        File.Delete(path);
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
        {
            var buffer = new byte[128 * 1024];
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                _written += read;
                if (_written > limit)
                {
                    throw new InvalidDataException($"it unpacks to more than {limit} bytes, the limit of this cluster");
                }

                file.Write(buffer, 0, read);
            }
        }

        const UnixFileMode Plain = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(path, (mode & Plain) | UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private void Link(string path, string name, string target)
    {
        if (target.Length == 0 || Path.IsPathRooted(target) || target.Contains('\0'))
        {
            throw new InvalidDataException($"link '{name}' leads to '{target}', outside of the sandbox");
        }

        File.Delete(path);
        File.CreateSymbolicLink(path, target);
        CheckLink(path);
        _links.Add(path);
    }

    private string Existing(string name, string target)
    {
        string path = Place(target);
        return File.Exists(path) ? path : throw new InvalidDataException($"hard link '{name}' leads to '{target}', which is not there");
    }

    /// <summary>Follows a link as the kernel would, step by step; leaving the root even for a moment is refused.</summary>
    private void CheckLink(string link)
    {
        string at = Path.GetDirectoryName(link)!;
        var steps = new Stack<string>(new System.IO.FileInfo(link).LinkTarget!.Split('/').Reverse());
        for (int count = 0; steps.TryPop(out string? step); count++)
        {
            if (step is "" or ".")
            {
                continue;
            }

            at = step == ".." ? Path.GetDirectoryName(at)! : Path.Combine(at, step);
            string? further = step == ".." ? null : new System.IO.FileInfo(at).LinkTarget;
            bool inside = at == _root || at.StartsWith(_root + "/", StringComparison.Ordinal);
            if (!inside || count > 1000 || (further is not null && Path.IsPathRooted(further)))
            {
                File.Delete(link);
                throw new InvalidDataException($"link '{Path.GetRelativePath(_root, link)}' leads outside of the sandbox or in a circle");
            }

            if (further is not null)
            {
                at = Path.GetDirectoryName(at)!;
                foreach (string next in further.Split('/').Reverse())
                {
                    steps.Push(next);
                }
            }
        }
    }
}
