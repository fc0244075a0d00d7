using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Terminals;

namespace ElasticJob.Cli.Server;

/// <summary>The folder in which the platform on this machine keeps everything.</summary>
internal sealed record DataFolder(string Path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>API token for programs of the same user; only its owner may read it.</summary>
    public string TokenFile => System.IO.Path.Combine(Path, "secrets", "api-token");

    public string LockFile => System.IO.Path.Combine(Path, "platform.lock");

    /// <summary>Who holds the lock, for messages: process id and address.</summary>
    public string OwnerFile => System.IO.Path.Combine(Path, "platform.json");

    public string Logs => System.IO.Path.Combine(Path, "logs");

    public string Cluster => System.IO.Path.Combine(Path, "cluster");

    /// <summary><c>--data</c>, else <c>$XDG_DATA_HOME/elasticjob</c>, else <c>~/.local/share/elasticjob</c>.</summary>
    public static DataFolder Of(string? option, Terminal terminal)
    {
        if (!string.IsNullOrWhiteSpace(option))
        {
            return new DataFolder(System.IO.Path.GetFullPath(option, terminal.WorkingDirectory));
        }

        string? xdg = terminal.Variable("XDG_DATA_HOME");
        if (!string.IsNullOrEmpty(xdg) && System.IO.Path.IsPathRooted(xdg))
        {
            return new DataFolder(System.IO.Path.Combine(xdg, "elasticjob"));
        }

        string home = terminal.Variable("HOME") is { Length: > 0 } named ? named : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new DataFolder(System.IO.Path.Combine(home, ".local", "share", "elasticjob"));
    }

    /// <summary>
    /// Makes the folder: parameters, logs and sandboxes in it are nobody else's business. One that is there keeps its mode, but what is made in it
    /// is for its owner alone all the same.
    /// </summary>
    public void Create()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else if (!Directory.Exists(Path))
        {
            // The mode is for the last folder alone; those above it get the usual one.
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path) ?? "/");
            Directory.CreateDirectory(Path, OwnerOnly | UnixFileMode.UserExecute);
        }

        foreach (string folder in (string[])[Logs, Cluster, System.IO.Path.Combine(Path, "packages")])
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(folder);
            }
            else
            {
                Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            }
        }
    }

    /// <summary>Takes the databases from everybody but their owner; what SQLite puts beside them later follows their mode.</summary>
    public void Protect()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(Path, "*.db*"))
        {
            try
            {
                File.SetUnixFileMode(file, OwnerOnly);
            }
            catch (FileNotFoundException)
            {
                // Those beside a database come and go.
            }
        }
    }

    /// <summary>Address of the platform that runs in this folder; <see langword="null"/> if none does.</summary>
    public string? ReadAddress()
    {
        try
        {
            return File.Exists(OwnerFile) ? JsonNode.Parse(File.ReadAllText(OwnerFile)).Text("address") : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>The first of the file's tokens, one per line; <see langword="null"/> if there is none.</summary>
    public string? ReadToken()
    {
        try
        {
            return File.Exists(TokenFile) ? File.ReadLines(TokenFile).Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without the token the scheduler refuses, and its refusal tells the mend.
            return null;
        }
    }
}
