using ElasticJob.Mesos.V1;
using ElasticJob.Mesos.V1.Scheduler;
using ElasticJob.Scheduling.Cluster;
using ElasticJob.Scheduling.Core;
using Google.Protobuf;
using MesosOffer = ElasticJob.Mesos.V1.Offer;

namespace ElasticJob.Scheduler.Cluster;

/// <content>Effects in the words of Mesos.</content>
public sealed partial class MesosDriver
{
    /// <summary>The call, or null if there is nothing to be sent.</summary>
    private Call? ToCall(Effect effect, Action<Input> post) => effect switch
    {
        Effect.Accept accept => Accept(accept, post),
        Effect.Decline decline => Decline(decline),
        Effect.Suppress => new Call { Type = Call.Types.Type.Suppress, Suppress = new Call.Types.Suppress { Roles = { options.Role } } },
        Effect.Revive => new Call { Type = Call.Types.Type.Revive, Revive = new Call.Types.Revive { Roles = { options.Role } } },
        Effect.Kill kill => Kill(kill),
        Effect.Shutdown shutdown => Shutdown(shutdown),
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

    private Call? Accept(Effect.Accept accept, Action<Input> post)
    {
        if (!accept.Offers.All(offered.ContainsKey))
        {
            GiveBack(accept, "the offer is void", post);
            return null;
        }

        var resources = new OfferedResources(accept.Offers.SelectMany(o => offered.TryRemove(o, out IReadOnlyList<Resource>? r) ? r : []));
        var launch = new MesosOffer.Types.Operation.Types.Launch();
        foreach (TaskLaunch task in accept.Tasks)
        {
            launch.TaskInfos.Add(MesosTranslation.ToMesos(task, accept.Agent, InfoOf(task.Executor, resources, post), resources.Take(task.Resources)));
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

    /// <summary>
    /// An executor keeps the very info it was started with, whatever of it has changed since (the mix of reservations, this program's path): the
    /// master compares it and refuses the task as invalid if it differs. So it is given to the core, which keeps it.
    /// </summary>
    private ExecutorInfo InfoOf(ExecutorSpec executor, OfferedResources resources, Action<Input> post)
    {
        if (executors.TryGetValue(executor.Id, out ExecutorInfo? info))
        {
            return info;
        }

        if (executor.Description is { } told)
        {
            info = ExecutorInfo.Parser.ParseFrom(ByteString.FromBase64(told));
        }
        else
        {
            info = MesosTranslation.ToMesos(executor, framework!, resources.Take(executor.App.Resources), options);
            post(new Input.ExecutorDescribed(executor.Id, info.ToByteString().ToBase64()));
        }

        executors[executor.Id] = info;
        return info;
    }

    private Call Shutdown(Effect.Shutdown shutdown)
    {
        executors.TryRemove(shutdown.Executor, out _);
        return new Call
        {
            Type = Call.Types.Type.Shutdown,
            Shutdown = new Call.Types.Shutdown { ExecutorId = new ExecutorID { Value = shutdown.Executor }, AgentId = new AgentID { Value = shutdown.Agent } },
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
}
