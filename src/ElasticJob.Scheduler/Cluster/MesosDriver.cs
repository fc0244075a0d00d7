using System.Collections.Concurrent;
using System.Threading.Channels;
using ElasticJob.Mesos;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduler.Leadership;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Microsoft.Extensions.Logging;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>
/// The cluster port on Mesos v1: one subscription, kept up for ever; effects are sent in order on a connection of their own. A call that may not
/// have arrived ends the subscription: the next one makes the core ask for everything anew, instead of waiting for an answer that never comes.
/// </summary>
/// <remarks>
/// Nothing leaves unless the lease is held at that moment: neither effects, of which some may have waited here since before a pause of the process, nor a
/// subscription, which would end that of a scheduler that leads by now.
/// </remarks>
public sealed partial class MesosDriver(
    MesosDriverOptions options, HttpMessageInvoker http, ILease lease, TimeProvider time, ILogger<MesosDriver> logger) : IClusterDriver
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly SchedulerConnection connection = new(options.Connection, http, time, logger);
    private readonly Channel<Effect> outbound = Channel.CreateUnbounded<Effect>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, IReadOnlyList<Resource>> offered = new();
    private readonly ConcurrentDictionary<string, ExecutorInfo> executors = new();
    private readonly TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile FrameworkID? framework;
    private volatile Subscription? subscription;
    private Task watching = Task.CompletedTask;
    private long? subscribedAt;

    /// <inheritdoc/>
    public void Carry(IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            outbound.Writer.TryWrite(effect);
        }
    }

    /// <inheritdoc/>
    public Task FinishAsync(CancellationToken cancellationToken)
    {
        outbound.Writer.TryComplete();
        return sent.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task RunAsync(string? frameworkId, Action<Input> post, CancellationToken cancellationToken)
    {
        framework = frameworkId is null ? null : new FrameworkID { Value = frameworkId };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendAllAsync(post, stop.Token);
        Task subscribing = StaySubscribedAsync(post, stop.Token);
        try
        {
            if (await Task.WhenAny(subscribing, sending).ConfigureAwait(false) == sending)
            {
                // Having sent all is no reason to leave. But who cannot send must not stay subscribed: offers and updates would come to nobody.
                await sending.ConfigureAwait(false);
            }

            await subscribing.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(sending, subscribing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StaySubscribedAsync(Action<Input> post, CancellationToken cancellationToken)
    {
        var backoff = new ReconnectBackoff(FirstPause, LongestPause, new Random(options.Seed));
        while (true)
        {
            subscribedAt = null;
            using var mine = new Subscription(cancellationToken);
            subscription = mine;
            string reason;
            try
            {
                reason = await SubscribeOnceAsync(post, mine.Token).ConfigureAwait(false);
            }
            catch (MesosException e)
            {
                reason = e.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                reason = mine.Reason ?? "it was cancelled";
            }

            subscription = null;
            await mine.EndAsync(reason).ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            offered.Clear();
            post(new Input.Disconnected(reason));
            if (subscribedAt is { } since && time.GetElapsedTime(since) >= LongestPause)
            {
                // One that broke at once is no success: a master that drops everybody must not be stormed.
                backoff.Reset();
            }

            TimeSpan pause = backoff.Next();
            LogDisconnected(reason, pause.TotalSeconds);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> SubscribeOnceAsync(Action<Input> post, CancellationToken cancellationToken)
    {
        await lease.HeldAsync(cancellationToken).ConfigureAwait(false);
        await foreach (Event received in connection.SubscribeAsync(new Call.Types.Subscribe { FrameworkInfo = Describe() }, cancellationToken).ConfigureAwait(false))
        {
            if (Take(received, post, cancellationToken) is { } end)
            {
                return end;
            }
        }

        return "the master closed the event stream";
    }

    /// <summary>A master that lost the lead may not notice for a while; who knows the new one need not wait for it.</summary>
    private async Task WatchLeaderAsync(CancellationToken cancellationToken)
    {
        if (options.Connection.Directory is { } directory && connection.Leader is { } leader)
        {
            await directory.LeaderChangedAsync(leader, cancellationToken).ConfigureAwait(false);
            await (subscription?.EndAsync("another master leads") ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    private FrameworkInfo Describe()
    {
        var info = new FrameworkInfo
        {
            User = options.User,
            Name = options.FrameworkName,
            Id = framework,
            FailoverTimeout = options.FailoverTimeout.TotalSeconds,
            Checkpoint = true,
            Roles = { options.Role },
        };
        foreach (FrameworkInfo.Types.Capability.Types.Type capability in (ReadOnlySpan<FrameworkInfo.Types.Capability.Types.Type>)
        [
            FrameworkInfo.Types.Capability.Types.Type.PartitionAware,
            FrameworkInfo.Types.Capability.Types.Type.MultiRole,
            FrameworkInfo.Types.Capability.Types.Type.TaskKillingState,
            FrameworkInfo.Types.Capability.Types.Type.ReservationRefinement,
        ])
        {
            info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = capability });
        }

        if (options.Connection.Credential is { } credential)
        {
            info.Principal = credential.Principal;
        }

        if (options.WebAddress() is { } address)
        {
            info.WebuiUrl = address.AbsoluteUri;
        }

        return info;
    }

    [LoggerMessage(2100, LogLevel.Warning, "Not connected to the cluster: {Reason}; trying again in {Seconds:0.0} s.")]
    private partial void LogDisconnected(string reason, double seconds);
}
