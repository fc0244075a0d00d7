namespace ElasticJob.ZooKeeper;

/// <summary>Checks paths before they are sent, and puts the chroot on and off.</summary>
internal sealed class NodePath(string chroot)
{
    public string Chroot { get; } = chroot;

    public static void Check(string path, bool sequential = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? fault = Fault(sequential ? path + "0" : path);
        if (fault is not null)
        {
            throw new ArgumentException($"{path} is not a path of ZooKeeper: {fault}.", nameof(path));
        }
    }

    /// <summary>The path on the server.</summary>
    public string OnServer(string path, bool sequential = false)
    {
        Check(path, sequential);
        return Chroot.Length == 0 ? path : path == "/" && !sequential ? Chroot : Chroot + path;
    }

    /// <summary>The path as the caller knows it.</summary>
    public string FromServer(string path) =>
        Chroot.Length == 0 || !path.StartsWith(Chroot, StringComparison.Ordinal) ? path :
        path.Length == Chroot.Length ? "/" :
        path[Chroot.Length] == '/' ? path[Chroot.Length..] : path;

    private static string? Fault(string path)
    {
        if (path[0] != '/')
        {
            return "it must begin with /";
        }

        if (path.Length > 1 && path[^1] == '/')
        {
            return "it must not end with /";
        }

        if (path.Contains("//", StringComparison.Ordinal))
        {
            return "a name in it is empty";
        }

        foreach (char c in path)
        {
            if (c is < ' ' or (>= '\u007f' and <= '\u009f') or (>= '\uf000' and <= '\uf8ff') or (>= '\ufff0' and <= '\uffff'))
            {
                return $"it holds the character U+{(int)c:X4}";
            }
        }

        return path.Split('/').Any(name => name is "." or "..") ? "names must not be . or .." : null;
    }
}
