using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using ElasticJob.Events;
using ElasticJob.Mesos.Http;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Scheduler.Access;
using ElasticJob.Scheduler.Api;
using ElasticJob.Scheduler.Api.Logs;
using ElasticJob.Scheduler.Api.Problems;
using ElasticJob.Scheduler.Api.Routes;
using ElasticJob.Scheduler.Cluster;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduler.Loop;
using ElasticJob.Scheduler.Observability;
using ElasticJob.Scheduler.Packages;
using ElasticJob.Scheduling.Core;
using ElasticJob.Scheduling.Definitions;
using ElasticJob.Scheduling.Views;
using ElasticJob.Storage;
using ElasticJob.ZooKeeper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Hosting;

/// <summary>
/// One scheduler. Its API answers for as long as the process lives; the loop, with the cluster and the sinks, lives for one term of leadership.
/// <code>
///   always                                    while it leads
///   API ──► LeadingLoop ─────────────────────► SchedulerLoop ──► SchedulingCore
///    │          (none: ask the leader)            │   │   └─────► IEventSink(s)   (after the commit)
///    └────► ILeadership ──► Term ─────────────►   │   └─────────► IClusterDriver  (after the commit, under the lease)
///                                                 └─────────────► IStateStore     (first)
/// </code>
/// </summary>
public sealed partial class SchedulerHost : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(5);
    private static readonly string ProgramVersion = typeof(SchedulerHost).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private readonly SchedulerHostOptions options;
    private readonly CancellationTokenSource stop = new();
    private readonly HttpMessageInvoker http = MesosTransport.Create();
    private readonly EventSinks events;
    private readonly ZooKeeperMasters? masters;
    private readonly TraceExport? traces;
    private readonly ILeadership leadership;
    private readonly LeadingLoop loop;
    private readonly WebApplication app;
    private readonly ILoggerFactory loggers;
    private readonly ILogger<SchedulerHost> logger;
    private readonly Guid id = Guid.NewGuid();
    private readonly DateTimeOffset startedAt;
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task running = Task.CompletedTask;
    private Task sweeping = Task.CompletedTask;
    private bool disposed;

    private SchedulerHost(SchedulerHostOptions options)
    {
        this.options = options;
        startedAt = options.Time.GetUtcNow();
        events = new EventSinks(options.Events, options.DataDirectory, options.Time);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        (options.Logging ?? (static logging => logging.AddSimpleConsole()))(builder.Logging);
        if (options.Tls is { } tls)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.AddSingleton(tls);
            builder.Services.AddSingleton<ServerCertificate>();
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.ListenAddress, options.Port, listen =>
            {
                if (options.Tls is not null)
                {
                    ServerCertificate certificate = kestrel.ApplicationServices.GetRequiredService<ServerCertificate>();
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                        {
                            ServerCertificateContext = certificate.Current,
                            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                        }),
                    });
                }
            });
            kestrel.AddServerHeader = false;
        });
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton<IEventQueries>(events.Stores[0]);
        builder.Services.AddSingleton<IEventReports>(events.Stores[0]);
        builder.Services.AddSingleton<ITaskLogReader>(new SandboxLogReader(http, options.Time, options.Credential));
        builder.Services.AddSingleton<ILeadership>(_ => leadership!);
        builder.Services.AddSingleton<ISchedulerLoop>(_ => loop!);
        builder.Services.AddSchedulerApi(new SchedulerApiOptions { DataFolder = options.DataDirectory, AllowedHosts = options.AllowedHosts });
        app = builder.Build();
        loggers = app.Services.GetRequiredService<ILoggerFactory>();
        logger = loggers.CreateLogger<SchedulerHost>();
        masters = options.Masters.ZooKeeper is { } registry ? new ZooKeeperMasters(new ZooKeeperOptions(registry) { TimeProvider = options.Time }) : null;
        leadership = options.ZooKeeper is { } zooKeeper
            ? new ElectedLeadership(
                zooKeeper with { Logger = loggers.CreateLogger("ElasticJob.ZooKeeper") },
                ClusterMark.Of(options.Cluster, options.Masters),
                Describe,
                options.Time,
                loggers.CreateLogger<ElectedLeadership>())
            : new SoleLeadership(Describe, new SqliteStateStore(options.DataDirectory), options.Time);
        loop = new LeadingLoop(leadership);
        app.MapSchedulerApi();
        if (options.Events.Log)
        {
            events.AddLog(loggers);
        }

        if (options.Traces.Endpoint is { } collector)
        {
            traces = new TraceExport(options.Traces, collector);
            events.Add(new TraceEventSink(
                cancellationToken => loop!.ReadAsync<IReadOnlyList<RunView>>(static view => [.. view.Runs().Where(r => r.State != RunState.Finished)], cancellationToken),
                options.Traces.Ratio));
        }
    }

    /// <summary>Where the API listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>
    /// Signs the first person in, once and within the hour; absent as soon as there is a user. Where several schedulers share the lead it comes later, if at all:
    /// see <see cref="SchedulerHostOptions.SignInLinkMade"/>.
    /// </summary>
    public Uri? SignInLink { get; private set; }

    /// <summary>Completes when the scheduler has ended by itself: faulted with the reason.</summary>
    public Task Completion => running;

    /// <summary>
    /// Starts a scheduler and waits until its API answers, and, if it has no rivals, until its state is loaded. The lead, and the connection to the
    /// cluster, come by themselves.
    /// </summary>
    /// <exception cref="StateStoreException">The data folder, or the place in ZooKeeper, cannot be used; the message says why and what to do.</exception>
    /// <exception cref="ArgumentException">The settings of the events make no sense; the message says what to mend.</exception>
    /// <exception cref="IOException">The port is taken, or the data folder cannot be written.</exception>
    public static async Task<SchedulerHost> StartAsync(SchedulerHostOptions options, CancellationToken cancellationToken = default)
    {
        if (options.Tls is null && !IPAddress.IsLoopback(options.ListenAddress) && !options.AllowInsecure)
        {
            throw new ArgumentException($"The API on {options.ListenAddress} needs TLS, or passwords and tokens cross the network for anybody to read.");
        }

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

    /// <summary>Ends the scheduler: the batch under way is finished and the lead handed over. Tasks run on and are found again by whoever leads next.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        await stop.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (masters is not null)
        {
            await masters.DisposeAsync().ConfigureAwait(false);
        }

        await sweeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
        traces?.Dispose();
        await events.DisposeAsync().ConfigureAwait(false);
        http.Dispose();
        stop.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.ZooKeeper is null)
        {
            // Nobody else could answer, so nobody is let in before the state is there.
            running = leadership.RunAsync(LeadAsync, stop.Token);
            await (await Task.WhenAny(loaded.Task, running).WaitAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
        if (options.ZooKeeper is not null)
        {
            running = leadership.RunAsync(LeadAsync, stop.Token);
        }
        else if (await app.Services.GetRequiredService<SignIns>().FirstLinkAsync(keepsOpenOne: false, cancellationToken).ConfigureAwait(false) is { } secret)
        {
            SignInLink = new Uri(Address, SignInPage.PathOf(secret));
        }

        sweeping = SweepAsync(stop.Token);
    }

    private async Task LeadAsync(Term term, CancellationToken cancellationToken)
    {
        var driver = new MesosDriver(
            new MesosDriverOptions
            {
                Connection = new SchedulerConnectionOptions { Masters = options.Masters.List, Directory = masters, Credential = options.Credential },
                Role = options.Role,
                User = options.User,
                RunnerCommand = options.RunnerCommand,
                WebAddress = Console,
                Seed = Environment.ProcessId,
            },
            http,
            term.Lease,
            options.Time,
            loggers.CreateLogger<MesosDriver>());
        CoreOptions core = options.Core with { TraceRatio = options.Traces.Ratio };
        var mine = new SchedulerLoop(term.Store, driver, events.All, core, options.Time, loggers)
        {
            Metrics = app.Services.GetRequiredService<LoopMetrics>(),
            Access = app.Services.GetRequiredService<AccessBook>(),
        };
        Task telling = TellProgressAsync(mine, term.Progress, cancellationToken);
        using (loop.Take(mine, term.Lease))
        {
            Task deciding = mine.RunAsync(cancellationToken);
            await mine.Halted.ConfigureAwait(false);

            // Events that are still on their way to the sinks are in the store: they need not hold up the next leader.
            await term.ResignAsync().ConfigureAwait(false);
            await deciding.ConfigureAwait(false);
        }

        await telling.ConfigureAwait(false);
    }

    private async Task TellProgressAsync(SchedulerLoop mine, ITakeoverProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await mine.Loaded.WaitAsync(cancellationToken).ConfigureAwait(false);
            progress.Loaded();
            loaded.TrySetResult();
            Task telling = TellSignInLinkAsync(cancellationToken);
            await mine.Connected.WaitAsync(cancellationToken).ConfigureAwait(false);
            progress.Connected();
            await telling.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or StateStoreException)
        {
            // The loop itself says why it came to nothing.
        }
    }

    /// <summary>Of schedulers that take turns the first one to lead makes the link, and tells it.</summary>
    private async Task TellSignInLinkAsync(CancellationToken cancellationToken)
    {
        if (options.ZooKeeper is null || options.SignInLinkMade is not { } tell)
        {
            return;
        }

        try
        {
            if (await app.Services.GetRequiredService<SignIns>().FirstLinkAsync(keepsOpenOne: true, cancellationToken).ConfigureAwait(false) is { } secret)
            {
                tell(new Uri(options.AdvertisedAddress ?? Address, SignInPage.PathOf(secret)));
            }
        }
        catch (Exception e) when (e is SchedulerUnavailableException or Refusal)
        {
            // The next one to lead makes it; 'elasticjob user link' does, too.
            LogNoSignInLink(e.Message);
        }
    }

    /// <summary>Where people reach it. The first subscription may come before the API listens; its port is known then unless any free one will do.</summary>
    private Uri? Console() => options.AdvertisedAddress ?? Address ?? (options.Port == 0
        ? null
        : new UriBuilder(options.Tls is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps, options.ListenAddress.ToString(), options.Port).Uri);

    private Member Describe() => new()
    {
        Id = id,
        Name = options.Instance ?? $"{Environment.MachineName}:{Address?.Port}",
        Address = options.AdvertisedAddress ?? Address,
        Version = ProgramVersion,
        StartedAt = startedAt,
        Clock = options.Time.GetUtcNow(),
    };

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        IPackageStore packages = app.Services.GetRequiredService<IPackageStore>();
        using var timer = new PeriodicTimer(SweepInterval, options.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (IEventStore kept in leadership.View.Leads ? events.Stores : [])
            {
                await SweepAsync(kept, cancellationToken).ConfigureAwait(false);
            }

            await SweepAsync(packages, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SweepAsync(IEventStore kept, CancellationToken cancellationToken)
    {
        try
        {
            long removed = await kept.RemoveOldAsync(options.Events.Retention, options.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
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

    private async Task SweepAsync(IPackageStore packages, CancellationToken cancellationToken)
    {
        try
        {
            StoredPackage[] used = await loop.ReadAsync(static view => view.Packages().ToArray(), cancellationToken).ConfigureAwait(false);
            int removed = packages.Sweep(used);
            if (removed > 0)
            {
                LogPackagesSwept(removed);
            }
        }
        catch (SchedulerUnavailableException)
        {
            // Who does not lead does not know what is used.
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "Removed {Rows} old rows from the event store {Store}.")]
    private partial void LogSwept(long rows, string store);

    [LoggerMessage(2001, LogLevel.Warning, "Old events could not be removed from {Store}: {Reason}")]
    private partial void LogSweepFailed(string store, string reason);

    [LoggerMessage(2003, LogLevel.Warning, "The first sign-in link could not be made: {Reason} 'elasticjob user link' on this machine makes one.")]
    private partial void LogNoSignInLink(string reason);

    [LoggerMessage(2002, LogLevel.Information, "Removed {Files} packages that nothing uses any more.")]
    private partial void LogPackagesSwept(int files);
}
