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
    /// <summary>
    /// An agent that is to be drained is asked about again after this while, so that the master's own default (5 s, <c>Filters.refuse_seconds</c> in mesos.proto)
    /// does not make a conversation of it.
    /// </summary>
    private static readonly TimeSpan InverseOfferPause = TimeSpan.FromMinutes(5);

    /// <summary>The call, or null if there is nothing to be sent.</summary>
    private Call? ToCall(Effect effect, List<string> starting, Action<Input> post) => effect switch
    {
        Effect.Accept accept => Accept(accept, starting, post),
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
            AcceptInverseOffers = new Call.Types.AcceptInverseOffers
            {
                InverseOfferIds = { inverse.Offers.Select(o => new OfferID { Value = o }) },
                Filters = new Filters { RefuseSeconds = InverseOfferPause.TotalSeconds },
            },
        },
        _ => throw new ArgumentOutOfRangeException(nameof(effect), effect, "There is no such effect."),
    };

    /// <param name="accept">What the core decided.</param>
    /// <param name="starting">Takes the executors that the call starts.</param>
    /// <param name="post">Takes what comes back unsent.</param>
    private Call? Accept(Effect.Accept accept, List<string> starting, Action<Input> post)
    {
        var pieces = new List<Resource>();
        var standing = new List<string>();
        foreach (string offer in accept.Offers)
        {
            if (offered.TryRemove(offer, out IReadOnlyList<Resource>? its))
            {
                standing.Add(offer);
                pieces.AddRange(its);
            }
        }

        if (standing.Count < accept.Offers.Count)
        {
            GiveBack(accept, starting, "an offer is void", post);
            return standing.Count == 0 ? null : Decline(new Effect.Decline(standing, accept.RefuseRest));
        }

        var resources = new OfferedResources(pieces);
        var launch = new MesosOffer.Types.Operation.Types.Launch();
        foreach (TaskLaunch task in accept.Tasks)
        {
            if (ToMesos(task, accept.Agent, resources, starting, post) is { } info)
            {
                launch.TaskInfos.Add(info);
            }
            else
            {
                GiveBack(accept, task, "the offers have less than it needs", post);
            }
        }

        if (launch.TaskInfos.Count == 0)
        {
            return Decline(new Effect.Decline(accept.Offers, accept.RefuseRest));
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

    /// <summary>Null if the resources do not suffice for the task and, if it has to be started, its executor; they are then as before.</summary>
    private TaskInfo? ToMesos(TaskLaunch task, string agent, OfferedResources resources, List<string> starting, Action<Input> post)
    {
        if (ToldBefore(task.Executor) is { } running)
        {
            return resources.Take(task.Resources) is { } taken ? MesosTranslation.ToMesos(task, agent, running, taken) : null;
        }

        if (resources.Take(task.Executor.App.Resources) is not { } own)
        {
            return null;
        }

        if (resources.Take(task.Resources) is not { } needed)
        {
            resources.PutBack(own);
            return null;
        }

        ExecutorInfo info = MesosTranslation.ToMesos(task.Executor, framework!, own, options);
        executors[task.Executor.Id] = info;
        starting.Add(task.Executor.Id);
        post(new Input.ExecutorDescribed(task.Executor.Id, info.ToByteString().ToBase64()));
        return MesosTranslation.ToMesos(task, agent, info, needed);
    }

    /// <summary>
    /// An executor keeps the very info it was started with, whatever of it has changed since (the mix of reservations, this program's path): the
    /// master compares it and refuses the task as invalid if it differs. So it is given to the core, which keeps it.
    /// </summary>
    private ExecutorInfo? ToldBefore(ExecutorSpec executor)
    {
        if (!executors.TryGetValue(executor.Id, out ExecutorInfo? info) && executor.Description is { } told)
        {
            executors[executor.Id] = info = ExecutorInfo.Parser.ParseFrom(ByteString.FromBase64(told));
        }

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
