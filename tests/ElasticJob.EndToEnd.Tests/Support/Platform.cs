using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ElasticJob.EndToEnd.Tests.Support;

/// <summary>
/// A platform as a user starts it: <c>elasticjob up</c>, a process group of its own, driven by REST and by the command line. After its end no
/// process of its data folder may be left.
/// </summary>
internal sealed partial class Platform : IAsyncDisposable
{
    private readonly Launched launched;
    private readonly Process process;
    private readonly string data;

    private Platform(Launched launched, string data, Uri address)
    {
        this.launched = launched;
        process = launched.Process;
        this.data = data;
        Api = new Api(address, File.ReadAllText(Path.Combine(data, "secrets", "api-token")).Trim());
    }

    public Api Api { get; }

    public Uri Address => Api.Address;

    public int Process => process.Id;

    public int ExitCode => process.ExitCode;

    /// <summary>The process of the local cluster, as the platform named it.</summary>
    public int Cluster => int.Parse(ClusterProcess().Match(Output).Groups[1].Value);

    /// <summary>Everything that it has said so far, on both streams.</summary>
    public string Output => launched.Output;

    public static async Task<Platform> StartAsync(string data, IReadOnlyDictionary<string, string>? environment = null)
    {
        Launched launched = Launch(data, ["--port", "0"], environment);
        try
        {
            await launched.SaysAsync("Ctrl+C ends everything.");
            UpAt().IsMatch(launched.Output).ShouldBeTrue($"The platform did not start:\n{launched.Output}");
            return new Platform(launched, data, new Uri(UpAt().Match(launched.Output).Groups[1].Value));
        }
        catch
        {
            launched.Process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a platform that is expected to refuse.</summary>
    public static async Task<Ended> RefusedAsync(string data, params string[] options)
    {
        using Launched launched = Launch(data, options, null);
        Process process = launched.Process;
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(90), TimeProvider.System);
            return new Ended(process.ExitCode, launched.Output, "");
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

    /// <summary>Waits for its end, after it was told in whatever way.</summary>
    public Task EndAsync() => process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

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
        launched.Dispose();
        left.ShouldBeEmpty("Processes outlived the platform.");
    }

    private static Launched Launch(string data, string[] options, IReadOnlyDictionary<string, string>? environment) =>
        Launched.Start([Built.ElasticJob, "up", "--data", data, .. options], environment);

    [GeneratedRegex(@"ElasticJob is up\s+(http://\S+)")]
    private static partial Regex UpAt();

    [GeneratedRegex(@"local cluster \((\d+)")]
    private static partial Regex ClusterProcess();
}
