using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ElasticJob.Bench;

/// <summary><c>elasticjob up</c> as a user starts it: the built program, a data folder of its own, a free port.</summary>
internal sealed class Platform : IAsyncDisposable
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(30);
    private readonly Process process;
    private readonly HttpClient http;
    private readonly string data;

    private Platform(Process process, HttpClient http, string data, long startedAt)
    {
        this.process = process;
        this.http = http;
        this.data = data;
        StartedAt = startedAt;
    }

    public int Id => process.Id;

    public string Data => data;

    /// <summary>Timestamp of the start of the process.</summary>
    public long StartedAt { get; }

    public static async Task<Platform> StartAsync(bool examples, CancellationToken cancellationToken)
    {
        string program = Path.GetFullPath(Path.Combine("artifacts", "bin", "ElasticJob.Cli", "release", "elasticjob"));
        string data = Directory.CreateTempSubdirectory("elasticjob-bench-").FullName;
        int port = FreePort();
        var start = new ProcessStartInfo(program, ["up", "--data", data, "--port", $"{port}", .. examples ? ["--examples"] : Array.Empty<string>()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long startedAt = Stopwatch.GetTimestamp();
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new StringBuilder();
        process.OutputDataReceived += (_, line) =>
        {
            said.AppendLine(line.Data);
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException($"'elasticjob up' ended: {said}"));
            }
            else if (line.Data.Contains("Ctrl+C ends everything", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        process.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var platform = new Platform(process, http, data, startedAt);
        try
        {
            await ready.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, cancellationToken);
            string token = (await File.ReadAllTextAsync(Path.Combine(data, "secrets", "api-token"), cancellationToken)).Trim();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return platform;
        }
        catch
        {
            await platform.DisposeAsync();
            throw;
        }
    }

    public async Task ApplyAsync(string yaml, CancellationToken cancellationToken)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage answer = await http.PostAsync("/api/v1/apply", content, cancellationToken);
        await DemandAsync(answer, cancellationToken);
    }

    /// <summary>Triggers a job; gives back the run.</summary>
    public async Task<string> TriggerAsync(string job, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync($"/api/v1/jobs/{job}/trigger", new { }, cancellationToken);
        await DemandAsync(answer, cancellationToken);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))!["run"]!;
    }

    public async Task DisableAsync(string job, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsync($"/api/v1/jobs/{job}/disable", null, cancellationToken);
        await DemandAsync(answer, cancellationToken);
    }

    public async Task<long> LastSequenceAsync(CancellationToken cancellationToken)
    {
        JsonNode page = (await http.GetFromJsonAsync<JsonNode>("/api/v1/events?limit=1", cancellationToken))!;
        return page["items"]!.AsArray() is [{ } newest, ..] ? (long)newest["sequence"]! : 0;
    }

    /// <summary>Events after a position, oldest first, until <paramref name="enough"/>.</summary>
    public async Task<List<JsonNode>> EventsAsync(long after, string filter, Func<List<JsonNode>, bool> enough, TimeSpan pause, CancellationToken cancellationToken)
    {
        var all = new List<JsonNode>();
        while (true)
        {
            JsonNode page = (await http.GetFromJsonAsync<JsonNode>($"/api/v1/events?after={after}&limit=1000&{filter}", cancellationToken))!;
            JsonNode[] items = [.. page["items"]!.AsArray().OfType<JsonNode>()];
            all.AddRange(items);
            after = items.Length > 0 ? (long)items[^1]["sequence"]! : after;
            if (enough(all))
            {
                return all;
            }

            if (items.Length < 100)
            {
                await Task.Delay(pause, TimeProvider.System, cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        List<Processes.Sample> tree = Processes.Tree(process.Id);
        if (!process.HasExited)
        {
            using Process? kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            using var patience = new CancellationTokenSource(EndPatience, TimeProvider.System);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("'elasticjob up' did not end in time; it is killed with what it started.");
                process.Kill(entireProcessTree: true);
            }
        }

        foreach (Processes.Sample left in tree.Where(s => s.Id != Id && File.Exists($"/proc/{s.Id}/cmdline") && File.ReadAllText($"/proc/{s.Id}/cmdline").Contains("lasticJob", StringComparison.OrdinalIgnoreCase)))
        {
            Console.Error.WriteLine($"process {left.Id} ({left.Kind}) outlived 'elasticjob up'; it is killed.");
            using var process = Process.GetProcessById(left.Id);
            process.Kill();
        }

        process.Dispose();
        Directory.Delete(data, recursive: true);
    }

    private static async Task DemandAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{answer.RequestMessage?.RequestUri}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
