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
using MesosOffer = ElasticJob.Mesos.V1.Offer;

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
    private volatile CancellationTokenSource? subscription;
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
        try
        {
            await StaySubscribedAsync(post, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StaySubscribedAsync(Action<Input> post, CancellationToken cancellationToken)
    {
        var backoff = new ReconnectBackoff(FirstPause, LongestPause, new Random(options.Seed));
        while (true)
        {
            subscribedAt = null;
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            subscription = ended;
            string reason;
            try
            {
                reason = await SubscribeOnceAsync(post, ended.Token).ConfigureAwait(false);
            }
            catch (MesosException e)
            {
                reason = e.Message;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                reason = "a call did not get through to the master, or another master leads";
            }

            subscription = null;
            await ended.CancelAsync().ConfigureAwait(false);
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
            switch (received.Type)
            {
                case Event.Types.Type.Subscribed:
                    subscribedAt = time.GetTimestamp();
                    offered.Clear();
                    framework = received.Subscribed.FrameworkId;
                    post(new Input.Connected(framework.Value));
                    watching = WatchLeaderAsync(cancellationToken);
                    break;
                case Event.Types.Type.Offers:
                    foreach (MesosOffer offer in received.Offers.Offers_)
                    {
                        offered[offer.Id.Value] = [.. offer.Resources];
                    }

                    post(new Input.Offers([.. received.Offers.Offers_.Select(MesosTranslation.ToCore)]));
                    break;
                case Event.Types.Type.Rescind:
                    offered.TryRemove(received.Rescind.OfferId.Value, out _);
                    post(new Input.OfferRescinded(received.Rescind.OfferId.Value));
                    break;
                case Event.Types.Type.InverseOffers:
                    post(new Input.InverseOffers([.. received.InverseOffers.InverseOffers_.Select(o => (o.Id.Value, o.AgentId?.Value))]));
                    break;
                case Event.Types.Type.Update:
                    post(new Input.Status(MesosTranslation.ToCore(received.Update.Status)));
                    break;
                case Event.Types.Type.Failure when received.Failure.ExecutorId is { } executor:
                    executors.TryRemove(executor.Value, out _);
                    post(new Input.ExecutorLost(executor.Value, received.Failure.AgentId?.Value, received.Failure.HasStatus ? received.Failure.Status : null));
                    break;
                case Event.Types.Type.Failure when received.Failure.AgentId is { } agent:
                    post(new Input.AgentLost(agent.Value));
                    break;
                case Event.Types.Type.Error:
                    return OnError(received.Error.Message, post);
                default:
                    break;
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
            await EndSubscriptionAsync().ConfigureAwait(false);
        }
    }

    private string OnError(string message, Action<Input> post)
    {
        if (message.Contains("removed", StringComparison.OrdinalIgnoreCase) || message.Contains("completed", StringComparison.OrdinalIgnoreCase))
        {
            framework = null;
            executors.Clear();
            post(new Input.FrameworkRemoved(message));
            return message;
        }

        if (message.Contains("capacity(", StringComparison.Ordinal) && message.Contains("exceeded", StringComparison.Ordinal))
        {
            // The master limits the rate of this principal and has dropped a call: what was lost is asked for after the pause.
            return message;
        }

        throw new ClusterFencedException($"The cluster ended this scheduler's subscription for good: {message}.");
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

        if (options.WebAddress is { } address)
        {
            info.WebuiUrl = address;
        }

        return info;
    }

    private async Task SendAllAsync(Action<Input> post, CancellationToken cancellationToken)
    {
        await foreach (Effect effect in outbound.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await lease.HeldAsync(cancellationToken).ConfigureAwait(false);
                if (ToCall(effect, post) is { } call)
                {
                    await connection.SendAsync(call, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (MesosException e)
            {
                LogNotSent(effect.GetType().Name, e.Message);
                if (effect is Effect.Accept accept && !e.OutcomeUnknown)
                {
                    GiveBack(accept, e.Message, post);
                }

                if (e is MesosConnectionLostException or MesosUnavailableException)
                {
                    await EndSubscriptionAsync().ConfigureAwait(false);
                }
            }
        }

        sent.TrySetResult();
    }

    private async Task EndSubscriptionAsync()
    {
        try
        {
            await (subscription?.CancelAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile.
        }
    }

    /// <summary>The launches certainly did not happen: the core hears it in the words of the cluster.</summary>
    private static void GiveBack(Effect.Accept accept, string reason, Action<Input> post)
    {
        foreach (TaskLaunch launch in accept.Tasks)
        {
            post(new Input.Status(new TaskUpdate
            {
                Task = launch.Task,
                State = Scheduling.Cluster.TaskState.Dropped,
                Agent = accept.Agent,
                Source = "scheduler",
                Reason = "notSent",
                Message = reason,
            }));
        }
    }

    [LoggerMessage(2100, LogLevel.Warning, "Not connected to the cluster: {Reason}; trying again in {Seconds:0.0} s.")]
    private partial void LogDisconnected(string reason, double seconds);

    [LoggerMessage(2101, LogLevel.Warning, "The call {Call} was not carried out: {Reason}")]
    private partial void LogNotSent(string call, string reason);
}
