using System.Net;
using ElasticJob.Events;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Scheduler.Api;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>
/// One scheduler: state store, loop, cluster connection, event store and API, put together.
/// <code>
///   API ──► SchedulerLoop ──► SchedulingCore
///              │   │   └─────► IEventSink(s)   (after the commit)
///              │   └─────────► IClusterDriver  (after the commit)
///              └─────────────► IStateStore     (first)
/// </code>
/// </summary>
public sealed partial class SchedulerHost : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(5);

    private readonly SchedulerHostOptions options;
    private readonly CancellationTokenSource stop = new();
    private readonly HttpMessageInvoker http = MesosTransport.Create();
    private readonly SqliteStateStore store;
    private readonly EventSinks events;
    private readonly SchedulerLoop loop;
    private readonly WebApplication app;
    private readonly ILogger<SchedulerHost> logger;
    private Task running = Task.CompletedTask;
    private Task sweeping = Task.CompletedTask;
    private bool disposed;

    private SchedulerHost(SchedulerHostOptions options)
    {
        this.options = options;
        events = new EventSinks(options.Events, options.DataDirectory, options.Time);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        (options.Logging ?? (static logging => logging.AddSimpleConsole()))(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.ListenAddress, options.Port);
            kestrel.AddServerHeader = false;
        });
        store = new SqliteStateStore(options.DataDirectory);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton<IEventQueries>(events.Stores[0]);
        builder.Services.AddSingleton<ITaskLogReader>(new SandboxLogReader(http, options.Time, options.Credential));
        builder.Services.AddSingleton<ISchedulerLoop>(_ => loop!);
        builder.Services.AddSchedulerApi(new SchedulerApiOptions { DataFolder = options.DataDirectory, AllowedHosts = options.AllowedHosts });
        app = builder.Build();
        app.MapSchedulerApi();
        ILoggerFactory loggers = app.Services.GetRequiredService<ILoggerFactory>();
        logger = loggers.CreateLogger<SchedulerHost>();
        var driver = new MesosDriver(
            new MesosDriverOptions
            {
                Connection = new SchedulerConnectionOptions { Masters = options.Masters, Credential = options.Credential },
                Role = options.Role,
                User = options.User,
                RunnerCommand = options.RunnerCommand,
                Seed = Environment.ProcessId,
            },
            http,
            options.Time,
            loggers.CreateLogger<MesosDriver>());
        if (options.Events.Log)
        {
            events.AddLog(loggers);
        }

        loop = new SchedulerLoop(store, driver, events.All, options.Core, options.Time, loggers);
    }

    /// <summary>Where the API listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Completes when the scheduler has ended: faulted when another one took over.</summary>
    public Task Completion => running;

    /// <summary>Starts a scheduler and waits until its state is loaded and its API answers; the connection to the cluster comes by itself.</summary>
    /// <exception cref="StateStoreException">The data folder cannot be used; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">The settings of the events make no sense; the message says what to mend.</exception>
    /// <exception cref="IOException">The port is taken, or the data folder cannot be written.</exception>
    public static async Task<SchedulerHost> StartAsync(SchedulerHostOptions options, CancellationToken cancellationToken = default)
    {
        var host = new SchedulerHost(options);
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the scheduler; tasks run on and are found again by the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await sweeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
        await events.DisposeAsync().ConfigureAwait(false);
        await store.DisposeAsync().ConfigureAwait(false);
        http.Dispose();
        stop.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        running = loop.RunAsync(stop.Token);
        await loop.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        sweeping = SweepAsync(stop.Token);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, options.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (IEventStore kept in events.Stores)
            {
                try
                {
                    long removed = await kept.RemoveOldAsync(options.Retention, options.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                    if (removed > 0)
                    {
                        LogSwept(removed, kept.Name);
                    }
                }
                catch (EventStoreException e)
                {
                    LogSweepFailed(kept.Name, e.Message);
                }
            }
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "Removed {Rows} old rows from the event store {Store}.")]
    private partial void LogSwept(long rows, string store);

    [LoggerMessage(2001, LogLevel.Warning, "Old events could not be removed from {Store}: {Reason}")]
    private partial void LogSweepFailed(string store, string reason);
}
