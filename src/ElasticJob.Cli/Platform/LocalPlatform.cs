using System.Text.Json.Nodes;
using ElasticJob.Cli.Commands;
using ElasticJob.Cli.Definitions;
using ElasticJob.Cli.Output;
using ElasticJob.Cli.Server;
using ElasticJob.Local;
using ElasticJob.Mesos.Http;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Hosting;

namespace ElasticJob.Cli.Platform;

/// <summary>
/// The platform on one machine.
/// <code>
/// 1 the port is free, the folder is ours      3 the scheduler, in this process     5 the examples, if wished
/// 2 the local cluster, a process of its own   4 wait until it is subscribed        6 tell, wait for the end, end in the opposite order
/// </code>
/// </summary>
internal sealed class LocalPlatform(Invocation call, int port, bool examples, string containers, TlsOptions? tls)
{
    private static readonly TimeSpan SubscribePatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly TextWriter output = call.Terminal.Out;
    private readonly DataFolder data = call.Data;

    public async Task<int> RunAsync()
    {
        // 1
        using DataFolderLock owner = DataFolderLock.Take(data);
        PortUse.Demand(port);
        DateTimeOffset started = call.Terminal.Now;
        using var signals = new EndSignals(obey: true);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        _ = CancelOnSignalAsync(signals, ending);
        try
        {
            // 2
            await using LocalClusterProcess cluster = await LocalClusterProcess.StartAsync(data, 0, call.Terminal.Time, ending.Token);
            _ = ForceOnSecondSignalAsync(signals, cluster);
            return await RunSchedulerAsync(owner, cluster, started, signals, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await output.WriteLineAsync("Everything has ended.");
            return ExitCode.Done;
        }
    }

    private async Task<int> RunSchedulerAsync(
        DataFolderLock owner, LocalClusterProcess cluster, DateTimeOffset started, EndSignals signals, CancellationToken ending)
    {
        // 3
        var settings = new SchedulerConfig { DataDirectory = data.Path, Port = port, Masters = MasterAddresses.Of(cluster.Master), Tls = tls };
        await using SchedulerPart scheduler = await SchedulerPart.StartAsync(data, settings, cluster.Credential, call.Terminal.Time, call.Terminal.Error, null, ending);
        owner.Announce(scheduler.Address);
        using var api = new ApiClient(new ServerAddress(new Uri(scheduler.Address.AbsoluteUri.TrimEnd('/') + "/"), data.ReadToken()), tls?.Certificate);

        // 4
        await WaitUntilSubscribedAsync(api, cluster, ending);

        // 5
        JsonNode? applied = examples ? await ApplyExamplesAsync(api, ending) : null;

        // 6
        await TellAsync(api, scheduler, cluster, applied, started, ending);
        Task ended = await Task.WhenAny(signals.First, cluster.Exited, scheduler.Completion);
        if (ended == scheduler.Completion)
        {
            throw CliException.Refused($"The scheduler has ended by itself: {scheduler.Completion.Exception?.InnerException?.Message ?? "it does not say why"} Its log is {SchedulerPart.LogOf(data)}.");
        }

        if (ended != signals.First)
        {
            throw CliException.Refused($"The local cluster ended by itself (exit code {cluster.ExitCode}), so the platform ends too. Its log is {LocalClusterProcess.LogOf(data)}.");
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync("Ending… (Ctrl+C again ends at once)");
        return ExitCode.Done;
    }

    private static async Task WaitUntilSubscribedAsync(ApiClient api, LocalClusterProcess cluster, CancellationToken ending)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ending);
        patience.CancelAfter(SubscribePatience);
        string? fault = null;
        while (true)
        {
            try
            {
                JsonNode? status = await api.GetAsync($"{Routes.Cluster}/status", patience.Token);
                if (status.Flag("connected") == true)
                {
                    return;
                }

                fault = status.Text("fault");
                await Task.Delay(Pause, TimeProvider.System, patience.Token);
            }
            catch (CliException e) when (e.ExitCode == ExitCode.Unreachable)
            {
                // It says "not ready" until its state is read.
                fault = e.Message;
                await Task.Delay(Pause, TimeProvider.System, patience.Token);
            }
            catch (OperationCanceledException) when (!ending.IsCancellationRequested)
            {
                throw CliException.Refused($"The scheduler is not connected to the local cluster ({cluster.Master}) after {SubscribePatience.TotalSeconds:0} s: {fault ?? "it does not say why"}.");
            }
        }
    }

    private async Task<JsonNode?> ApplyExamplesAsync(ApiClient api, CancellationToken ending)
    {
        string? folder = Examples.Find(call.Terminal);
        if (folder is null)
        {
            await output.WriteLineAsync($"There are no built examples beside the program ({Examples.Beside}); './build.sh run' builds them.");
            return null;
        }

        string yaml = DefinitionFiles.Read(Examples.DefinitionsIn(folder), call.Terminal);
        return await api.PostTextAsync(Routes.Apply(dryRun: false), yaml, "application/yaml", ending);
    }

    private async Task TellAsync(ApiClient api, SchedulerPart scheduler, LocalClusterProcess cluster, JsonNode? applied, DateTimeOffset started, CancellationToken ending)
    {
        string shown = scheduler.Address.AbsoluteUri.TrimEnd('/');
        var report = new Report(call.Terminal);
        JsonArray jobs = await api.ListAsync(Routes.Jobs, int.MaxValue, ending);
        report.Facts(
            ("ElasticJob is up", $"{shown}  (API: {shown}/api/v1, OpenAPI: {shown}/openapi/v1.json)"),
            ("sign in", scheduler.SignInLink is { } link ? $"{link.AbsoluteUri}  (once, within the hour)" : $"{shown}/sign-in"),
            ("data", data.Path),
            ("processes", $"scheduler ({Environment.ProcessId}), local cluster ({cluster.Id}, {cluster.Master.AbsoluteUri.TrimEnd('/')})"),
            ("containers", containers == "auto" ? "off: executors run as processes of this user (containers come later)" : "off"),
            ("jobs", jobs.Count == 0 ? "none yet" : $"{Report.Count(jobs.Count, "job", "jobs")}: {string.Join(", ", jobs.Take(12).Select(j => j.Text("name")))}{(jobs.Count > 12 ? ", …" : "")}"),
            ("examples", applied is null ? null : $"{applied.Items("documents").Count(d => d.Text("change") != "unchanged")} definitions stored or changed"));
        foreach (string line in await CaughtUp.LinesAsync(api, started, report, ending))
        {
            report.Line(line);
        }

        string folder = call.Arguments.GetValue(GlobalOptions.Data) is { } named ? $" --data {named}" : "";
        report.Line();
        report.Line($"Look at it from another terminal:  elasticjob job list{folder}");
        report.Line("                                   elasticjob job runs NAME · run show RUN · run logs RUN");
        report.Line("Ctrl+C ends everything.");
        await output.FlushAsync(CancellationToken.None);
    }

    private static async Task CancelOnSignalAsync(EndSignals signals, CancellationTokenSource ending)
    {
        await signals.First;
        try
        {
            await ending.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It was over already.
        }
    }

    private static async Task ForceOnSecondSignalAsync(EndSignals signals, LocalClusterProcess cluster)
    {
        await signals.Second;
        await cluster.KillAsync();
        Environment.Exit(ExitCode.Refused);
    }
}
