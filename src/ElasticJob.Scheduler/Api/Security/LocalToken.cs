using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ElasticJob.Scheduler.Api.Security;

/// <summary>
/// The admin tokens of this machine: the lines of a file that only its owner can read, made at the first start with one random token. Memory
/// keeps only their SHA-256.
/// </summary>
public sealed class LocalToken
{
    private readonly byte[][] digests;

    private LocalToken(string path, byte[][] digests) => (Path, this.digests) = (path, digests);

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Where the file is below a data folder.</summary>
    public static string PathIn(string dataFolder) => System.IO.Path.Combine(dataFolder, "secrets", "api-token");

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="IOException">The file cannot be read or made.</exception>
    public static LocalToken Open(string dataFolder)
    {
        string path = PathIn(System.IO.Path.GetFullPath(dataFolder));
        string folder = System.IO.Path.GetDirectoryName(path)!;
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }

        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            // Written aside and moved, so that nobody ever reads half a token.
            string aside = $"{path}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(6))}";
            using (var file = new FileStream(aside, options))
            {
                file.Write(Encoding.ASCII.GetBytes($"ej_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}\n"));
                file.Flush(flushToDisk: true);
            }

            try
            {
                File.Move(aside, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(aside);
            }
        }

        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }

        byte[][] digests = [.. File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0).Select(Digest)];
        return digests.Length > 0
            ? new LocalToken(path, digests)
            : throw new IOException($"{path} holds no token; remove the file and start again to get a new one.");
    }

    /// <summary>Whether a token is one of the file's; takes as long for a wrong one as for a right one.</summary>
    public bool Accepts(string token)
    {
        byte[] digest = Digest(token);
        bool accepted = false;
        foreach (byte[] known in digests)
        {
            accepted |= CryptographicOperations.FixedTimeEquals(digest, known);
        }

        return accepted;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
