using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <content>KILL, SHUTDOWN, ACKNOWLEDGE, RECONCILE, MESSAGE and the updates of tasks.</content>
internal sealed partial class ClusterMaster
{
    private void Kill(FrameworkEntry framework, SchedulerCall.Types.Kill kill)
    {
        if (!framework.Tasks.TryGetValue(kill.TaskId, out TaskEntry? task))
        {
            // As Mesos: a kill of an unknown task is answered like its reconciliation.
            ReconcileOne(framework, kill.TaskId, kill.AgentId);
            return;
        }

        // An agent that is away, or is lost before it has heard of it, is told when it registers again.
        task.KillAsked = new KillTask(framework.Id, kill.TaskId, kill.KillPolicy);
        if (_agents.TryGetValue(task.Agent, out AgentEntry? agent))
        {
            Tell(agent, task.KillAsked);
        }
    }

    private void Shutdown(FrameworkEntry framework, SchedulerCall.Types.Shutdown shutdown)
    {
        if (_agents.TryGetValue(shutdown.AgentId, out AgentEntry? agent))
        {
            Tell(agent, new ShutdownExecutor(framework.Id, shutdown.ExecutorId));
        }
    }

    private void Message(FrameworkEntry framework, SchedulerCall.Types.Message message)
    {
        if (_agents.TryGetValue(message.AgentId, out AgentEntry? agent))
        {
            Tell(agent, new MessageToExecutor(framework.Id, message.ExecutorId, message.Data));
        }
    }

    private void Acknowledge(FrameworkEntry framework, SchedulerCall.Types.Acknowledge acknowledge)
    {
        if (acknowledge.Uuid.Length != 16)
        {
            throw new Http.CallRefusedException(400, "Failed to validate scheduler::Call: Not a valid UUID in 'acknowledge.uuid': 16 bytes are expected.");
        }

        if (_agents.TryGetValue(acknowledge.AgentId, out AgentEntry? agent))
        {
            Tell(agent, new AcknowledgeStatus(framework.Id, acknowledge.TaskId, acknowledge.Uuid));
        }

        if (framework.Tasks.TryGetValue(acknowledge.TaskId, out TaskEntry? task)
            && task.IsTerminal
            && task.LastStatus is { } last
            && last.State.IsTerminal()
            && last.Uuid.Equals(acknowledge.Uuid))
        {
            framework.Complete(task);
        }
    }

    private void Reconcile(FrameworkEntry framework, SchedulerCall.Types.Reconcile reconcile)
    {
        if (reconcile.Tasks.Count > 0)
        {
            foreach (SchedulerCall.Types.Reconcile.Types.Task task in reconcile.Tasks)
            {
                ReconcileOne(framework, task.TaskId, task.AgentId);
            }

            return;
        }

        // As in Mesos, those of unreachable agents are not among "all": only who asks by name hears of them.
        foreach (TaskEntry task in framework.Tasks.Values.Where(task => _agents.GetValueOrDefault(task.Agent)?.UnreachableSince is null))
        {
            ReconcileOne(framework, task.Id, task.Agent);
        }
    }

    private void ReconcileOne(FrameworkEntry framework, TaskID id, AgentID? agentId)
    {
        if (framework.Tasks.TryGetValue(id, out TaskEntry? task))
        {
            AgentEntry? home = _agents.GetValueOrDefault(task.Agent);
            bool unreachable = home?.UnreachableSince is not null && !task.IsTerminal;
            TaskState state = unreachable ? framework.Lost(TaskState.TaskUnreachable) : task.State;
            TaskStatus known = MasterStatus(id, task.Agent, state, TaskStatus.Types.Reason.Reconciliation,
                unreachable ? "Reconciliation: Task is unreachable" : "Reconciliation: Latest task state");
            if (task.ExecutorId is { } executor)
            {
                known.ExecutorId = executor;
            }

            SetUnreachableTime(known, unreachable ? home : null);

            SendUpdate(framework, known);
            return;
        }

        AgentEntry? agent = agentId is null ? null : _agents.GetValueOrDefault(agentId);
        bool maybeLater = agentId is null ? _agents.Values.Any(one => one.Recovering) : agent is { Recovering: true };
        if (maybeLater)
        {
            // After a restart silence is right until the agents are back: any answer could be wrong.
            return;
        }

        (TaskState lost, string why) = agent switch
        {
            { Link: not null } => (TaskState.TaskGone, "Reconciliation: Task is unknown to the agent"),
            { UnreachableSince: not null } => (TaskState.TaskUnreachable, "Reconciliation: Task is unreachable"),
            _ => (TaskState.TaskUnknown, "Reconciliation: Task is unknown"),
        };
        TaskStatus status = MasterStatus(id, agentId, framework.Lost(lost), TaskStatus.Types.Reason.Reconciliation, why);
        SetUnreachableTime(status, agent);
        SendUpdate(framework, status);
    }

    private static void SetUnreachableTime(TaskStatus status, AgentEntry? agent)
    {
        if (agent?.UnreachableSince is { } since)
        {
            status.UnreachableTime = new TimeInfo { Nanoseconds = since.ToUnixTimeMilliseconds() * 1_000_000 };
        }
    }

    private void Forward(ForwardStatus forward)
    {
        if (!_frameworks.TryGetValue(forward.Framework, out FrameworkEntry? framework))
        {
            return;
        }

        if (framework.Tasks.TryGetValue(forward.Status.TaskId, out TaskEntry? task) && task.Agent.Equals(forward.Agent))
        {
            bool ended = !task.IsTerminal && forward.Latest.IsTerminal();
            task.LastStatus = forward.Status;
            if (!task.IsTerminal)
            {
                task.State = forward.Latest;
            }

            if (ended)
            {
                Release(task);
            }

            if (ended && !forward.Status.HasUuid)
            {
                // Nobody will acknowledge it.
                framework.Complete(task);
            }
        }

        SendUpdate(framework, forward.Status);
    }

    private void Exited(ExecutorExited exited)
    {
        if (!_agents.TryGetValue(exited.Agent, out AgentEntry? agent)
            || !agent.Executors.Remove((exited.Framework, exited.Executor), out (ExecutorInfo Info, string Role) executor))
        {
            return;
        }

        agent.Used.Subtract(ResourceSum.Of(executor.Info.Resources));
        _allocationWanted = true;
        _frameworks.GetValueOrDefault(exited.Framework)?.Send(new SchedulerEvent
        {
            Type = SchedulerEvent.Types.Type.Failure,
            Failure = new SchedulerEvent.Types.Failure { AgentId = exited.Agent, ExecutorId = exited.Executor, Status = exited.WaitStatus },
        });
    }

    private void Deliver(MessageToFramework message) =>
        _frameworks.GetValueOrDefault(message.Framework)?.Send(new SchedulerEvent
        {
            Type = SchedulerEvent.Types.Type.Message,
            Message = new SchedulerEvent.Types.Message { AgentId = message.Agent, ExecutorId = message.Executor, Data = message.Data },
        });

    private void Release(TaskEntry task)
    {
        if (_agents.TryGetValue(task.Agent, out AgentEntry? agent))
        {
            agent.Used.Subtract(task.Resources);
            _allocationWanted = true;
        }
    }
}
