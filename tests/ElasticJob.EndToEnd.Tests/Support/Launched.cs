using System.Diagnostics;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>A program that runs on, as leader of a session of its own: the signals of this process's terminal do not reach it, and its group can be signalled as a terminal would.</summary>
internal sealed class Launched : IDisposable
{
    private readonly List<string> lines = [];

    private Launched(Process process)
    {
        Process = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
    }

    public Process Process { get; }

    public int Id => Process.Id;

    /// <summary>Everything that it has said so far, on both streams.</summary>
    public string Output
    {
        get
        {
            lock (lines)
            {
                return string.Join('\n', lines);
            }
        }
    }

    public static Launched Start(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("setsid", command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var launched = new Launched(new Process { StartInfo = start });
        launched.Process.Start();
        launched.Process.BeginOutputReadLine();
        launched.Process.BeginErrorReadLine();
        return launched;
    }

    /// <summary>Waits until it has said something, or has ended.</summary>
    public Task SaysAsync(string words) => Until.TrueAsync(
        () => Output.Contains(words, StringComparison.Ordinal) || Process.HasExited, $"'{words}' is said", () => Output);

    public void Dispose() => Process.Dispose();

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        lock (lines)
        {
            lines.Add(e.Data ?? "");
        }
    }
}
