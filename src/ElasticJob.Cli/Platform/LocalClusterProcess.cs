using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Local;
using ElasticJob.Mesos.Http;

namespace ElasticJob.Cli.Platform;

/// <summary>The local cluster as a process of its own, tied to this one. It says on its standard output, in one line of JSON, where it listens.</summary>
internal sealed class LocalClusterProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(20);
    private readonly Process process;
    private readonly DataFolder data;
    private readonly TimeProvider time;

    private LocalClusterProcess(Process process, DataFolder data, Uri master, MesosCredential credential, TimeProvider time)
    {
        this.process = process;
        this.data = data;
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
                return new LocalClusterProcess(process, data, master, new MesosCredential(Principal, secret), time);
            }

            await process.WaitForExitAsync(patience.Token);
            throw CliException.Refused($"The local cluster did not start{(string.IsNullOrEmpty(line) ? "" : $": {line}")}. Its log is {LogOf(data)}.");
        }
        catch (Exception e)
        {
            await KillAsync(process, data);
            process.Dispose();
            throw e is OperationCanceledException && !cancellationToken.IsCancellationRequested
                ? CliException.Refused($"The local cluster did not start within {StartPatience.TotalSeconds:0} s. Its log is {LogOf(data)}.")
                : e;
        }
    }

    /// <summary>Ends it with everything that it started; afterwards nothing of that is left.</summary>
    public Task KillAsync() => KillAsync(process, data);

    /// <remarks>
    /// Not as a tree of processes: executors that survived an earlier cluster are nobody's children, and a tree is frozen before it is killed, so
    /// that an end of this program in between leaves frozen processes behind.
    /// </remarks>
    private static async Task KillAsync(Process process, DataFolder data)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }

        await process.WaitForExitAsync(CancellationToken.None);
        LocalCluster.KillLeftovers(data.Cluster);
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
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        // In order it leaves nothing; whatever its end was, this is the last that can look.
        LocalCluster.KillLeftovers(data.Cluster);
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
