using System.Diagnostics;
using Npgsql;

namespace ElasticJob.Servers;

/// <summary>
/// A PostgreSQL of its own in a temporary folder, reached by a Unix socket in it. It can be stopped, killed and started
/// again. A server refuses to run as root, so root's tests run it as an unprivileged user.
/// </summary>
/// <param name="durable">
/// Whether it waits for the disk. Tests kill processes, not the power, and need not; a bench must.
/// </param>
/// <param name="binaries">The folder of its programs; the newest of this machine by default.</param>
public sealed class PostgresServer(bool durable = false, string? binaries = null) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("ejpg-").FullName;
    private Process? server;
    private int databases;
    private TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the server takes connections.</summary>
    public Task Ready => Volatile.Read(ref ready).Task;

    /// <summary>The folder of the newest server on this machine.</summary>
    private static string Newest => new[] { "17", "16", "15", "14", "13" }.Select(version => $"/usr/lib/postgresql/{version}/bin")
        .FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
        ?? throw new InvalidOperationException("PostgreSQL is not installed here. Install it with: sudo apt-get install postgresql");

    private string Data => Path.Combine(folder, "data");

    /// <summary>A server that takes connections.</summary>
    public static async Task<PostgresServer> CreateAsync(bool durable = false)
    {
        var created = new PostgresServer(durable);
        await created.InitializeAsync();
        return created;
    }

    /// <summary>Makes the data folder and starts the server.</summary>
    public async Task InitializeAsync()
    {
        if (Environment.UserName == "root")
        {
            using Process owner = Process.Start("chown", ["nobody", folder]);
            await owner.WaitForExitAsync();
        }

        using Process init = Start("initdb", "-D", Data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        Task<string> said = init.StandardOutput.ReadToEndAsync();
        string errors = await init.StandardError.ReadToEndAsync();
        await init.WaitForExitAsync();
        if (init.ExitCode != 0)
        {
            throw new InvalidOperationException($"initdb failed: {await said} {errors}");
        }

        await StartAsync();
    }

    /// <summary>Starts the server and waits until it takes connections; after a kill the old one's last processes may still be there for a moment.</summary>
    public async Task StartAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        string said = "";
        while (!patience.IsCancellationRequested)
        {
            Process process = Start(
                "postgres", "-D", Data, "-k", folder, "-c", "listen_addresses=", "-c", durable ? "fsync=on" : "fsync=off", "-c", "max_connections=60", "-c", durable ? "shared_buffers=256MB" : "shared_buffers=64MB",
                "-c", "log_min_messages=warning");
            _ = process.StandardOutput.ReadToEndAsync();
            while (await process.StandardError.ReadLineAsync(patience.Token) is { } line)
            {
                said += line + "\n";
                if (line.Contains("database system is ready", StringComparison.Ordinal))
                {
                    server = process;
                    ready.SetResult();
                    _ = process.StandardError.ReadToEndAsync();
                    return;
                }
            }

            process.Dispose();
        }

        throw new InvalidOperationException($"PostgreSQL did not start: {said}");
    }

    /// <summary>Ends the server as an operator would who does not wait for its users; it can be started again.</summary>
    public async Task StopAsync()
    {
        Volatile.Write(ref ready, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        using (Process stop = Process.Start("kill", ["-INT", $"{server!.Id}"]))
        {
            await stop.WaitForExitAsync();
        }

        await server.WaitForExitAsync();
        server.Dispose();
        server = null;
    }

    /// <summary>Kills the server as a crash would; its other processes end by themselves.</summary>
    public void Kill()
    {
        // Before the kill, so that whoever fails because of it waits for the next start.
        Volatile.Write(ref ready, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        server!.Kill();
        server.WaitForExit();
        server.Dispose();
        server = null;
    }

    /// <summary>A new, empty database.</summary>
    /// <returns>Its connection string.</returns>
    public string CreateDatabase()
    {
        string name = $"events{Interlocked.Increment(ref databases)}";
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = $"create database {name}";
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            // SIGQUIT ends its children as well, at once.
            using Process quit = Process.Start("kill", ["-QUIT", $"{server.Id}"]);
            await quit.WaitForExitAsync();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private string ConnectionString(string database) => $"Host={folder};Username=tests;Database={database};Pooling=false";

    private Process Start(string program, params string[] arguments)
    {
        string path = Path.Combine(binaries ?? Newest, program);
        string[] command = Environment.UserName == "root"
            ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", path, .. arguments]
            : [path, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        start.Environment["TZ"] = "Asia/Shanghai";
        return Process.Start(start)!;
    }
}
