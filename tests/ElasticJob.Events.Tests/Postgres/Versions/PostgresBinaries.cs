using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace ElasticJob.Events.Tests.Postgres.Versions;

/// <summary>
/// Servers of the versions that Debian does not bring along, from npm packages that hold nothing but their programs. They are fetched once per machine, into a
/// folder of the temporary folder that is named after the lock file.
/// </summary>
internal static class PostgresBinaries
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>The folder of the programs of a version.</summary>
    public static async Task<string> OfAsync(int major) => Path.Combine(await Installed.Value, "node_modules", $"postgres-{major}", "native", "bin");

    private static async Task<string> InstallAsync()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "Postgres", "Versions");
        string name = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"))))[..16];
        string folder = Path.Combine(Path.GetTempPath(), $"elasticjob-postgres-{name}-{Environment.UserName}");
        if (Directory.Exists(folder))
        {
            return folder;
        }

        // Made elsewhere and then named, so that what has its name is whole; of two that do so at once one wins.
        string making = Directory.CreateTempSubdirectory("elasticjob-postgres-").FullName;
        File.Copy(Path.Combine(source, "package.json"), Path.Combine(making, "package.json"));
        File.Copy(Path.Combine(source, "package-lock.json"), Path.Combine(making, "package-lock.json"));
        await RunAsync(making, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        foreach (string package in Directory.EnumerateDirectories(Path.Combine(making, "node_modules"), "postgres-*"))
        {
            Link(package);
        }

        // Root's tests run the server as somebody else.
        await RunAsync(making, "chmod", "-R", "go+rX", ".");
        try
        {
            Directory.Move(making, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(making, recursive: true);
        }

        return folder;
    }

    /// <summary>A package cannot hold symbolic links, so it lists them.</summary>
    private static void Link(string package)
    {
        using JsonDocument links = JsonDocument.Parse(File.ReadAllText(Path.Combine(package, "native", "pg-symlinks.json")));
        foreach (JsonElement link in links.RootElement.EnumerateArray())
        {
            string target = Path.Combine(package, link.GetProperty("target").GetString()!);
            string source = Path.Combine(package, link.GetProperty("source").GetString()!);
            if (!File.Exists(target))
            {
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
            }
        }
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        Process process;
        try
        {
            process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"'{program}' is not here; './build.sh test' installs it as root, otherwise: sudo apt-get install nodejs npm");
        }

        using (process)
        using (var patience = new CancellationTokenSource(Patience))
        {
            try
            {
                Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
                Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
                await process.WaitForExitAsync(patience.Token);
                process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{await output}\n{await errors}");
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }
}
