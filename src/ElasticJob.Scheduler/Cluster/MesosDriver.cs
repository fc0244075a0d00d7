using System.Collections.Concurrent;
using System.Threading.Channels;
using ElasticJob.Mesos;
using ElasticJob.Mesos.Errors;
using ElasticJob.Mesos.SchedulerApi;
using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using MesosOffer = ElasticJob.Mesos.V1.Offer;

namespace ElasticJob.Scheduler.Cluster;

/// <summary>The cluster port on Mesos v1: one subscription, kept up for ever; effects are sent in order on a connection of their own.</summary>
public sealed partial class MesosDriver(MesosDriverOptions options, HttpMessageInvoker http, TimeProvider time, ILogger<MesosDriver> logger) : IClusterDriver
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly SchedulerConnection connection = new(options.Connection, http, time, logger);
    private readonly Channel<Effect> outbound = Channel.CreateUnbounded<Effect>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, IReadOnlyList<Resource>> offered = new();
    private readonly ConcurrentDictionary<string, ExecutorInfo> executors = new();
    private volatile FrameworkID? framework;

    /// <inheritdoc/>
    public void Carry(IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            outbound.Writer.TryWrite(effect);
        }
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
            string reason;
            try
            {
                reason = await SubscribeOnceAsync(post, backoff, cancellationToken).ConfigureAwait(false);
            }
            catch (MesosException e)
            {
                reason = e.Message;
            }

            cancellationToken.ThrowIfCancellationRequested();
            offered.Clear();
            post(new Input.Disconnected(reason));
            TimeSpan pause = backoff.Next();
            LogDisconnected(reason, pause.TotalSeconds);
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> SubscribeOnceAsync(Action<Input> post, ReconnectBackoff backoff, CancellationToken cancellationToken)
    {
        await foreach (Event received in connection.SubscribeAsync(new Call.Types.Subscribe { FrameworkInfo = Describe() }, cancellationToken).ConfigureAwait(false))
        {
            switch (received.Type)
            {
                case Event.Types.Type.Subscribed:
                    backoff.Reset();
                    offered.Clear();
                    framework = received.Subscribed.FrameworkId;
                    post(new Input.Connected(framework.Value));
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

    private string OnError(string message, Action<Input> post)
    {
        if (message.Contains("removed", StringComparison.OrdinalIgnoreCase) || message.Contains("completed", StringComparison.OrdinalIgnoreCase))
        {
            framework = null;
            executors.Clear();
            post(new Input.FrameworkRemoved(message));
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
                await connection.SendAsync(ToCall(effect), cancellationToken).ConfigureAwait(false);
            }
            catch (MesosException e)
            {
                LogNotSent(effect.GetType().Name, e.Message);
                if (effect is Effect.Accept accept && !e.OutcomeUnknown)
                {
                    GiveBack(accept, e.Message, post);
                }
            }
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

    private Call ToCall(Effect effect) => effect switch
    {
        Effect.Accept accept => Accept(accept),
        Effect.Decline decline => Decline(decline),
        Effect.Suppress => new Call { Type = Call.Types.Type.Suppress, Suppress = new Call.Types.Suppress { Roles = { options.Role } } },
        Effect.Revive => new Call { Type = Call.Types.Type.Revive, Revive = new Call.Types.Revive { Roles = { options.Role } } },
        Effect.Kill kill => Kill(kill),
        Effect.Shutdown shutdown => new Call
        {
            Type = Call.Types.Type.Shutdown,
            Shutdown = new Call.Types.Shutdown { ExecutorId = new ExecutorID { Value = shutdown.Executor }, AgentId = new AgentID { Value = shutdown.Agent } },
        },
        Effect.Acknowledge ack => new Call
        {
            Type = Call.Types.Type.Acknowledge,
            Acknowledge = new Call.Types.Acknowledge
            {
                AgentId = new AgentID { Value = ack.Agent },
                TaskId = new TaskID { Value = ack.Task },
                Uuid = ByteString.FromBase64(ack.Uuid),
            },
        },
        Effect.Reconcile reconcile => Reconcile(reconcile),
        Effect.AcceptInverseOffers inverse => new Call
        {
            Type = Call.Types.Type.AcceptInverseOffers,
            AcceptInverseOffers = new Call.Types.AcceptInverseOffers { InverseOfferIds = { inverse.Offers.Select(o => new OfferID { Value = o }) } },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect, "There is no such effect."),
    };

    private Call Accept(Effect.Accept accept)
    {
        var resources = new OfferedResources(accept.Offers.SelectMany(o => offered.TryRemove(o, out IReadOnlyList<Resource>? r) ? r : []));
        var launch = new MesosOffer.Types.Operation.Types.Launch();
        foreach (TaskLaunch task in accept.Tasks)
        {
            // An executor keeps the very info it was started with: the master compares it byte by byte.
            ExecutorInfo executor = executors.GetOrAdd(
                task.Executor.Id,
                _ => MesosTranslation.ToMesos(task.Executor, framework!, resources.Take(task.Executor.App.Resources), options));
            launch.TaskInfos.Add(MesosTranslation.ToMesos(task, accept.Agent, executor, resources.Take(task.Resources)));
        }

        return new Call
        {
            Type = Call.Types.Type.Accept,
            Accept = new Call.Types.Accept
            {
                OfferIds = { accept.Offers.Select(o => new OfferID { Value = o }) },
                Operations = { new MesosOffer.Types.Operation { Type = MesosOffer.Types.Operation.Types.Type.Launch, Launch = launch } },
                Filters = new Filters { RefuseSeconds = accept.RefuseRest.TotalSeconds },
            },
        };
    }

    private Call Decline(Effect.Decline decline)
    {
        foreach (string offer in decline.Offers)
        {
            offered.TryRemove(offer, out _);
        }

        return new Call
        {
            Type = Call.Types.Type.Decline,
            Decline = new Call.Types.Decline
            {
                OfferIds = { decline.Offers.Select(o => new OfferID { Value = o }) },
                Filters = new Filters { RefuseSeconds = decline.Refuse.TotalSeconds },
            },
        };
    }

    private static Call Kill(Effect.Kill kill)
    {
        var call = new Call.Types.Kill
        {
            TaskId = new TaskID { Value = kill.Task },
            KillPolicy = new KillPolicy { GracePeriod = new DurationInfo { Nanoseconds = kill.Grace.Ticks * 100 } },
        };
        if (kill.Agent is { } agent)
        {
            call.AgentId = new AgentID { Value = agent };
        }

        return new Call { Type = Call.Types.Type.Kill, Kill = call };
    }

    private static Call Reconcile(Effect.Reconcile reconcile)
    {
        var call = new Call.Types.Reconcile();
        foreach ((string task, string? agent) in reconcile.Tasks)
        {
            var entry = new Call.Types.Reconcile.Types.Task { TaskId = new TaskID { Value = task } };
            if (agent is not null)
            {
                entry.AgentId = new AgentID { Value = agent };
            }

            call.Tasks.Add(entry);
        }

        return new Call { Type = Call.Types.Type.Reconcile, Reconcile = call };
    }

    [LoggerMessage(2100, LogLevel.Warning, "Not connected to the cluster: {Reason}; trying again in {Seconds:0.0} s.")]
    private partial void LogDisconnected(string reason, double seconds);

    [LoggerMessage(2101, LogLevel.Warning, "The call {Call} was not carried out: {Reason}")]
    private partial void LogNotSent(string call, string reason);
}
