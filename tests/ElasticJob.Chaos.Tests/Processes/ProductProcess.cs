using System.Diagnostics;

namespace ElasticJob.Chaos.Processes;

/// <summary>The built program, as an operator starts it; what it says goes into a file.</summary>
internal sealed class ProductProcess(string log, params string[] arguments) : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private Process? process;

    public bool Runs => process is { HasExited: false };

    /// <summary>Whether it stands still.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The program of the command line, built with this one in the same configuration.</summary>
    private static string Program
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
            return Path.Combine(here.Parent!.Parent!.FullName, "ElasticJob.Cli", here.Name, "elasticjob");
        }
    }

    public void Start()
    {
        process?.Dispose();
        process = System.Diagnostics.Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public void Signal(int signal)
    {
        IsStopped = signal == Signals.Stop || (IsStopped && signal != Signals.Continue);
        Signals.Send(process!, signal);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        IsStopped = false;
        if (Runs)
        {
            process!.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Asks it to end; false if it had to be killed.</summary>
    public async Task<bool> EndAsync()
    {
        if (!Runs)
        {
            return true;
        }

        Signal(Signals.Continue);
        Signal(Signals.Terminate);
        using var patience = new CancellationTokenSource(EndPatience);
        await process!.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (process.HasExited)
        {
            return true;
        }

        await KillAsync();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        process?.Dispose();
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            lock (this)
            {
                File.AppendAllText(log, line + "\n");
            }
        }
    }
}
