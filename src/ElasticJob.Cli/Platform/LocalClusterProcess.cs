using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Mesos.Http;

namespace ElasticJob.Cli.Platform;

/// <summary>The local cluster as a process of its own, tied to this one. It says on its standard output, in one line of JSON, where it listens.</summary>
internal sealed class LocalClusterProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);
    private readonly Process process;
    private readonly TimeProvider time;

    private LocalClusterProcess(Process process, Uri master, MesosCredential credential, TimeProvider time)
    {
        this.process = process;
        this.time = time;
        Master = master;
        Credential = credential;
    }

    /// <summary>The variable with which the secret is handed over: unlike arguments, nobody but the same user can read it.</summary>
    public const string SecretVariable = "ELASTICJOB_CLUSTER_SECRET";

    /// <summary>The principal of the scheduler at its local cluster.</summary>
    public const string Principal = "elasticjob";

    /// <summary>What the cluster asks of its callers: whoever may launch tasks acts as this user. It is made anew at each start.</summary>
    public MesosCredential Credential { get; }

    public Uri Master { get; }

    public int Id => process.Id;

    public Task Exited => process.WaitForExitAsync();

    public int ExitCode => process.ExitCode;

    /// <summary>The log of the cluster; appended to from start to start.</summary>
    public static string LogOf(DataFolder data) => Path.Combine(data.Logs, "local-cluster.log");

    public static async Task<LocalClusterProcess> StartAsync(DataFolder data, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = ThisProgram.Start("local-cluster", "--port", $"{port}", "--data", data.Path, "--child");
        string secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        start.Environment[SecretVariable] = secret;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = data.Path;
        Process process = Process.Start(start) ?? throw CliException.Refused("The local cluster could not be started.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(patience.Token);
            if (line is not null && Parse(line) is { } master)
            {
                return new LocalClusterProcess(process, master, new MesosCredential(Principal, secret), time);
            }

            await process.WaitForExitAsync(patience.Token);
            throw CliException.Refused($"The local cluster did not start{(string.IsNullOrEmpty(line) ? "" : $": {line}")}. Its log is {LogOf(data)}.");
        }
        catch (Exception e)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw e is OperationCanceledException && !cancellationToken.IsCancellationRequested
                ? CliException.Refused($"The local cluster did not start within {StartPatience.TotalSeconds:0} s. Its log is {LogOf(data)}.")
                : e;
        }
    }

    /// <summary>Ends it with everything that it started.</summary>
    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Asks it to end: it stops its executors in order.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(EndPatience, time);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process.Dispose();
    }

    private static Uri? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line).Text("master") is { } master ? new Uri(master) : null;
        }
        catch (Exception e) when (e is JsonException or UriFormatException)
        {
            return null;
        }
    }
}
