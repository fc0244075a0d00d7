using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using ElasticJob.Events;
using ElasticJob.Scheduler.Api.Contracts;
using ElasticJob.Scheduling.Events;

namespace ElasticJob.Bench.Api;

/// <summary>What 200 followers of the event stream cost the scheduler's process while 50 events a second happen. The followers are a process of their own.</summary>
internal static class StreamBench
{
    public const string FollowersCommand = "followers";
    private const int Followers = 200;
    private const int EventsPerSecond = 50;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(Table table, MeasuredApi api, IEventStore store, long last, CancellationToken cancellationToken)
    {
        // The first time is for the compiler.
        await CpuAsync(store, last, cancellationToken);
        last += (long)(EventsPerSecond * Measured.TotalSeconds);
        double alone = await CpuAsync(store, last, cancellationToken);
        last += (long)(EventsPerSecond * Measured.TotalSeconds);
        var start = new ProcessStartInfo("dotnet", [typeof(StreamBench).Assembly.Location, FollowersCommand, $"{api.Client.BaseAddress}"])
        {
            RedirectStandardOutput = true, RedirectStandardInput = true,
        };
        start.Environment["ELASTICJOB_BENCH_TOKEN"] = api.Token;
        using Process followers = Process.Start(start)!;
        try
        {
            await followers.StandardOutput.ReadLineAsync(cancellationToken);
            double with = await CpuAsync(store, last, cancellationToken);
            followers.StandardInput.Close();
            string seen = await followers.StandardOutput.ReadLineAsync(cancellationToken) ?? "nothing";
            table.Add(
                Table.Text($"{Followers} followers of {EventsPerSecond} events/s"),
                Table.Text($"{100 * (with - alone):0.0} % of a core"),
                Table.Text($"in the scheduler's process, {100 * alone:0.0} % without them; {seen}"));
        }
        finally
        {
            if (!followers.HasExited)
            {
                followers.Kill();
            }
        }
    }

    /// <summary>The program of the followers: follows until its input ends, then tells what it saw.</summary>
    public static async Task FollowAsync(Uri address)
    {
        using var stop = new CancellationTokenSource();
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Followers }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("ELASTICJOB_BENCH_TOKEN"));
        var connected = new CountdownEvent(Followers);
        Task<int>[] followers = [.. Enumerable.Range(0, Followers).Select(_ => OneAsync())];
        connected.Wait();
        Console.WriteLine("connected");
        await Console.In.ReadToEndAsync();
        await stop.CancelAsync();
        int[] counts = await Task.WhenAll(followers);
        Console.WriteLine(Table.Text($"each saw {counts.Min()} to {counts.Max()} events"));

        async Task<int> OneAsync()
        {
            int count = 0;
            try
            {
                using HttpResponseMessage response = await client.GetAsync(ApiRoutes.EventStream, HttpCompletionOption.ResponseHeadersRead, stop.Token);
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop.Token));
                await reader.ReadLineAsync(stop.Token);
                connected.Signal();
                while (await reader.ReadLineAsync(stop.Token) is { } line)
                {
                    count += line.StartsWith("id: ", StringComparison.Ordinal) ? 1 : 0;
                }
            }
            catch (OperationCanceledException)
            {
                // The end of the measurement.
            }

            return count;
        }
    }

    /// <returns>Cores used by this process while events happen.</returns>
    private static async Task<double> CpuAsync(IEventStore store, long last, CancellationToken cancellationToken)
    {
        using Process self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        long from = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(0.1), TimeProvider.System);
        for (long i = 0; i < Measured.TotalSeconds * 10; i++)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            await store.WriteAsync([.. Enumerable.Range(1, EventsPerSecond / 10).Select(n => Event(last + (i * EventsPerSecond / 10) + n))], cancellationToken);
        }

        self.Refresh();
        return (self.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(from);
    }

    private static SchedulerEvent Event(long sequence) => new()
    {
        Sequence = sequence, At = TimeProvider.System.GetUtcNow(), Kind = EventKind.ExecutorStarted, App = "shop-jobs", Agent = "8f14e45f-ceea-467f-a830-5ce3f5a3d07f-S0",
        Hostname = "node1", Executor = string.Create(CultureInfo.InvariantCulture, $"shop-jobs.{sequence}"),
    };
}
