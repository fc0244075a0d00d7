namespace ElasticJob.Local.Http;

/// <summary>LIST_FILES and READ_FILE: below the sandboxes and nowhere else, whatever the path or a link in it says.</summary>
internal sealed class SandboxFiles(string root)
{
    private const int LongestRead = 16 * 1024 * 1024;
    private readonly string _root = Path.GetFullPath(root);

    public IReadOnlyList<FileInfo> List(string path)
    {
        string directory = Resolve(path);
        if (!Directory.Exists(directory))
        {
            throw new CallRefusedException(404, $"'{path}' is not a directory.");
        }

        return [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => new FileInfo
        {
            Path = Path.Combine(path, entry.Name),
            Size = entry is System.IO.FileInfo { Exists: true } file ? (ulong)file.Length : 0,
            Mtime = new TimeInfo { Nanoseconds = new DateTimeOffset(entry.LastWriteTimeUtc).ToUnixTimeMilliseconds() * 1_000_000 },
            Mode = (uint)entry.UnixFileMode | (entry is DirectoryInfo ? 0x4000u : 0x8000u),
            Nlink = 1,
        })];
    }

    /// <summary>The size of the file and the wanted part; a request beyond the end gets nothing.</summary>
    public (ulong Size, byte[] Data) Read(string path, ulong offset, ulong? length)
    {
        string name = Resolve(path);
        if (!File.Exists(name))
        {
            throw new CallRefusedException(404, $"'{path}' is not a file.");
        }

        using var file = new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        long size = file.Length;
        if (offset >= (ulong)size)
        {
            return ((ulong)size, []);
        }

        long wanted = Math.Min(size - (long)offset, (long)Math.Min(length ?? LongestRead, LongestRead));
        var data = new byte[wanted];
        file.Seek((long)offset, SeekOrigin.Begin);
        int read = file.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        return ((ulong)size, data[..read]);
    }

    /// <summary>Takes the directory's own name and the virtual one, <c>/frameworks/F/executors/E/runs/latest/…</c>.</summary>
    private string Resolve(string path)
    {
        string wanted = path.StartsWith("/frameworks/", StringComparison.Ordinal) ? _root + path : path;
        if (!Path.IsPathRooted(wanted) || wanted.Contains('\0') || wanted.Split('/').Contains(".."))
        {
            throw new CallRefusedException(400, $"'{path}' must be an absolute path without '..'.");
        }

        string at = "/";
        int links = 0;
        var steps = new Stack<string>(wanted.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        while (steps.TryPop(out string? step))
        {
            at = step == ".." ? Path.GetDirectoryName(at) ?? "/" : step == "." ? at : Path.Combine(at, step);
            if (new System.IO.FileInfo(at).LinkTarget is not { } target)
            {
                continue;
            }

            if (++links > 40)
            {
                throw new CallRefusedException(404, $"'{path}' goes in a circle.");
            }

            at = Path.IsPathRooted(target) ? "/" : Path.GetDirectoryName(at)!;
            foreach (string next in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                steps.Push(next);
            }
        }

        string real = RealRoot();
        return at == real || at.StartsWith(real + "/", StringComparison.Ordinal)
            ? at
            : throw new CallRefusedException(403, $"'{path}' is not in a sandbox of this agent.");
    }

    /// <summary>The work directory may itself lie behind links.</summary>
    private string RealRoot()
    {
        string real = "/";
        foreach (string step in _root.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, step);
            if (new DirectoryInfo(real).ResolveLinkTarget(returnFinalTarget: true) is { } target)
            {
                real = target.FullName;
            }
        }

        return real;
    }
}
