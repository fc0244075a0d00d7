using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Microsoft.Extensions.Logging;
using CoreOffer = ElasticJob.Scheduling.Cluster.Offer;
using MesosOffer = ElasticJob.Mesos.V1.Offer;

namespace ElasticJob.Scheduler.Cluster;

/// <content>
/// What the master says, in the core's words. What cannot be read costs itself alone: an offer is declined; a status is not acknowledged, so its agent tells
/// it again, and a reconciliation asks for the task.
/// </content>
public sealed partial class MesosDriver
{
    /// <summary>How long the agent of an offer that cannot be read stays away with the like of it.</summary>
    private static readonly TimeSpan UnreadableRefusal = TimeSpan.FromMinutes(5);

    /// <returns>Why the subscription is over, if it is.</returns>
    private string? Take(Event received, Action<Input> post, CancellationToken cancellationToken)
    {
        try
        {
            return Understand(received, post, cancellationToken);
        }
        catch (Exception e) when (e is not (ClusterFencedException or OperationCanceledException) && received.Type != Event.Types.Type.Subscribed)
        {
            LogNotUnderstood(received.Type.ToString(), About(received), e.Message);
            return null;
        }
    }

    private string? Understand(Event received, Action<Input> post, CancellationToken cancellationToken)
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
                CoreOffer[] offers = [.. received.Offers.Offers_.Select(Read).OfType<CoreOffer>()];
                if (offers.Length > 0)
                {
                    post(new Input.Offers(offers));
                }

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

        return null;
    }

    /// <summary>An offer in the core's words; null for one that cannot be read, which is declined.</summary>
    private CoreOffer? Read(MesosOffer offer)
    {
        try
        {
            CoreOffer read = MesosTranslation.ToCore(offer);
            offered[read.Id] = [.. offer.Resources];
            return read;
        }
        catch (Exception e)
        {
            LogNotUnderstood("Offer", $"{offer.Id?.Value} of agent {offer.AgentId?.Value} ({offer.Hostname})", e.Message);
            if (offer.Id is { } id)
            {
                Carry([new Effect.Decline([id.Value], UnreadableRefusal)]);
            }

            return null;
        }
    }

    /// <summary>Of what it tells, and nothing of what a task reported: that may be private.</summary>
    private static string About(Event received) => received.Update?.Status is { } status
        ? $"{status.State} of task {status.TaskId?.Value} on agent {status.AgentId?.Value}"
        : received.InverseOffers is { } inverse ? $"for {string.Join(", ", inverse.InverseOffers_.Select(o => o.AgentId?.Value))}" : "without what it is about";

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

    [LoggerMessage(2102, LogLevel.Error, "{Kind} from the cluster cannot be read and is passed over ({About}): {Reason}")]
    private partial void LogNotUnderstood(string kind, string about, string reason);
}
