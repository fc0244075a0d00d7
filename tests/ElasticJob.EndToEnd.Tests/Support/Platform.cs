using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>
/// A platform as a user starts it: <c>elasticjob up</c>, a process group of its own, driven by REST and by the command line. After its end no
/// process of its data folder may be left.
/// </summary>
internal sealed partial class Platform : IAsyncDisposable
{
    private readonly Process process;
    private readonly List<string> output;
    private readonly string data;

    private Platform(Process process, List<string> output, string data, Uri address)
    {
        this.process = process;
        this.output = output;
        this.data = data;
        Api = new Api(address, File.ReadAllText(Path.Combine(data, "secrets", "api-token")).Trim());
    }

    public Api Api { get; }

    public Uri Address => Api.Address;

    public int Process => process.Id;

    /// <summary>The process of the local cluster, as the platform named it.</summary>
    public int Cluster => int.Parse(ClusterProcess().Match(Output).Groups[1].Value);

    /// <summary>Everything that it has said so far, on both streams.</summary>
    public string Output => TextOf(output);

    public static async Task<Platform> StartAsync(string data, IReadOnlyDictionary<string, string>? environment = null)
    {
        var output = new List<string>();
        Process process = Launch(data, ["--port", "0"], output, environment);
        try
        {
            await Until.TrueAsync(
                () => TextOf(output).Contains("Ctrl+C ends everything.", StringComparison.Ordinal) || process.HasExited,
                "the platform is up",
                () => TextOf(output));
            string said = TextOf(output);
            UpAt().IsMatch(said).ShouldBeTrue($"The platform did not start:\n{said}");
            return new Platform(process, output, data, new Uri(UpAt().Match(said).Groups[1].Value));
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a platform that is expected to refuse.</summary>
    public static async Task<Ended> RefusedAsync(string data, params string[] options)
    {
        var output = new List<string>();
        using Process process = Launch(data, options, output, null);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(90), TimeProvider.System);
            return new Ended(process.ExitCode, TextOf(output), "");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>One command of the command line against this platform.</summary>
    public Task<Ended> CliAsync(params string[] arguments) => CliAsync(null, arguments);

    public Task<Ended> CliAsync(string? input, string[] arguments) =>
        Program.RunAsync(Built.ElasticJob, [.. arguments, "--server", Address.AbsoluteUri, "--data", data], input: input);

    /// <summary>A command that has to succeed.</summary>
    public async Task<string> DemandAsync(params string[] arguments)
    {
        Ended ended = await CliAsync(arguments);
        ended.Code.ShouldBe(0, $"elasticjob {string.Join(' ', arguments)}: {ended.All}\n{Output}");
        return ended.Out;
    }

    /// <summary>Stores definitions given as text.</summary>
    public async Task<string> ApplyAsync(string yaml)
    {
        Ended ended = await CliAsync(yaml, ["apply", "-f", "-"]);
        ended.Code.ShouldBe(0, ended.All);
        return ended.Out;
    }

    /// <summary>Triggers a job; the name of the run.</summary>
    public async Task<string> TriggerAsync(string job, object? request = null) =>
        (await Api.PostAsync($"api/v1/jobs/{job}/trigger", request)).GetProperty("run").GetString()!;

    /// <summary>Ctrl+C, and its consequences: exit code 0, and nothing left.</summary>
    public async Task InterruptAsync()
    {
        ProcessTable.InterruptGroup(process.Id);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        process.ExitCode.ShouldBe(0, Output);
        await ProcessTable.NoneLeftAsync(data);
    }

    /// <summary>kill -9 of all its processes at once, executors and their shells included: as a loss of power.</summary>
    public async Task KillEverythingAsync()
    {
        IReadOnlyList<int> all = ProcessTable.Of(data);
        foreach (int one in all.Append(process.Id))
        {
            ProcessTable.KillNow(one);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await ProcessTable.NoneLeftAsync(data);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            ProcessTable.InterruptGroup(process.Id);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        IReadOnlyList<int> left = process.HasExited ? ProcessTable.Of(data) : [process.Id];
        foreach (int one in ProcessTable.Of(data).Concat(left))
        {
            ProcessTable.KillNow(one);
        }

        Api.Dispose();
        process.Dispose();
        left.ShouldBeEmpty("Processes outlived the platform.");
    }

    /// <summary>Leader of a new session: the signals of this process's terminal do not reach it, and its group can be signalled as a terminal would.</summary>
    private static Process Launch(string data, string[] options, List<string> output, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo("setsid", [Built.ElasticJob, "up", "--data", data, .. options])
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

        var process = new Process { StartInfo = start };
        void Keep(object sender, DataReceivedEventArgs e)
        {
            lock (output)
            {
                output.Add(e.Data ?? "");
            }
        }

        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string TextOf(List<string> lines)
    {
        lock (lines)
        {
            return string.Join('\n', lines);
        }
    }

    [GeneratedRegex(@"ElasticJob is up\s+(http://\S+)")]
    private static partial Regex UpAt();

    [GeneratedRegex(@"local cluster \((\d+)")]
    private static partial Regex ClusterProcess();
}
