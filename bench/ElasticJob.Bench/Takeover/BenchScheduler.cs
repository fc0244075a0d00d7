using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace ElasticJob.Bench.Takeover;

/// <summary>One scheduler as an operator starts it: the built program with a configuration.</summary>
internal sealed partial class BenchScheduler : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private readonly string config;
    private readonly string log;
    private Process? process;

    public BenchScheduler(string name, string folder, string zooKeeper, TimeSpan session, Uri master, string events)
    {
        Name = name;
        config = Path.Combine(folder, $"{name}.json");
        log = Path.Combine(folder, name, "logs", "scheduler.log");
        File.WriteAllText(config, new JsonObject
        {
            ["dataDirectory"] = Path.Combine(folder, name),
            ["port"] = 0,
            ["instance"] = name,
            ["master"] = master.AbsoluteUri.TrimEnd('/'),
            ["zookeeper"] = new JsonObject { ["connect"] = zooKeeper, ["sessionTimeout"] = Table.Text($"{session.TotalMilliseconds}ms") },
            ["events"] = new JsonObject { ["postgres"] = new JsonObject { ["connectionString"] = new JsonObject { ["fromFile"] = events } } },
        }.ToJsonString());
    }

    public string Name { get; }

    public bool Runs => process is { HasExited: false };

    /// <summary>Processor time that the process has used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process!.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Whether it said this since it was started.</summary>
    public bool Says(string words) => File.Exists(log) && File.ReadAllText(log).Contains(words, StringComparison.Ordinal);

    public void Start()
    {
        if (File.Exists(log))
        {
            File.Delete(log);
        }

        process?.Dispose();
        string program = Path.GetFullPath(Path.Combine("artifacts", "bin", "ElasticJob.Cli", "release", "elasticjob"));
        process = Process.Start(new ProcessStartInfo(program, ["scheduler", "--config", config]) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} could not be started.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Told(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; does not wait.</summary>
    public void Terminate() => _ = Kill(process!.Id, SigTerm);

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            Terminate();
            using var patience = new CancellationTokenSource(EndPatience, TimeProvider.System);
            await process!.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (Runs)
            {
                await KillAsync();
            }
        }

        process?.Dispose();
    }

    private void Told(string? line)
    {
        if (!string.IsNullOrWhiteSpace(line))
        {
            Console.Error.WriteLine($"       {Name}: {line}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
