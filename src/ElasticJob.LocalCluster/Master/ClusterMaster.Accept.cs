using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <content>ACCEPT: offers become tasks.</content>
internal sealed partial class ClusterMaster
{
    private void Accept(FrameworkEntry framework, SchedulerCall.Types.Accept accept)
    {
        // 1. All offers must stand and belong to one agent; otherwise all of them are used up and every task is dropped.
        List<OfferEntry> offers = [];
        string? fault = accept.OfferIds.Count == 0 ? "No offers specified" : null;
        foreach (OfferID id in accept.OfferIds.Distinct())
        {
            if (!framework.Offers.TryGetValue(id, out OfferEntry? offer))
            {
                fault ??= $"Offer {id.Value} is no longer valid";
                continue;
            }

            offers.Add(offer);
        }

        if (fault is null && offers.Exists(offer => offer.Agent != offers[0].Agent || offer.Role != offers[0].Role))
        {
            fault = "Aggregated offers must belong to one agent and one role";
        }

        offers.ForEach(Withdraw);
        if (fault is not null)
        {
            DropAll(framework, accept, fault);
            return;
        }

        // 2. Each operation takes from what is left.
        AgentEntry agent = offers[0].Agent;
        string role = offers[0].Role;
        ResourceSum left = new();
        offers.ForEach(offer => left.Add(offer.Resources));
        foreach (Offer.Types.Operation operation in accept.Operations)
        {
            Apply(framework, agent, role, left, operation);
        }

        // 3. The rest is refused for a while, as by a DECLINE.
        Refuse(framework, role, agent, left, accept.Filters);
    }

    private void Apply(FrameworkEntry framework, AgentEntry agent, string role, ResourceSum left, Offer.Types.Operation operation)
    {
        switch (operation.Type)
        {
            case Offer.Types.Operation.Types.Type.Launch:
                foreach (TaskInfo task in operation.Launch?.TaskInfos ?? [])
                {
                    Launch(framework, agent, role, left, task.Clone());
                }

                break;
            case Offer.Types.Operation.Types.Type.LaunchGroup:
                foreach (TaskInfo task in operation.LaunchGroup?.TaskGroup?.Tasks ?? [])
                {
                    Answer(framework, task, agent.Id, TaskState.TaskError, TaskStatus.Types.Reason.TaskGroupInvalid,
                        "Task groups are not supported by this cluster: launch the tasks with LAUNCH");
                }

                break;
            default:
                ClusterLog.OperationIgnored(_logger, operation.Type.ToString(), framework.Id.Value);
                break;
        }
    }

    private void Launch(FrameworkEntry framework, AgentEntry agent, string role, ResourceSum left, TaskInfo task)
    {
        if (task.Executor is { FrameworkId: null } custom)
        {
            custom.FrameworkId = framework.Id;
        }

        string? fault = TaskValidation.TaskFault(task, framework.Id, agent.Id);
        if (fault is null && framework.Tasks.ContainsKey(task.TaskId))
        {
            fault = $"Task has duplicate ID: {task.TaskId.Value}";
        }

        ResourceSum needed = ResourceSum.Of(task.Resources);
        bool newExecutor = false;
        if (fault is null && task.Executor is { } executor)
        {
            newExecutor = !agent.Executors.TryGetValue((framework.Id, executor.ExecutorId), out (ExecutorInfo Info, string Role) running);
            if (newExecutor)
            {
                needed.Add(ResourceSum.Of(executor.Resources));
            }
            else if (!running.Info.Equals(executor))
            {
                fault = $"ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID '{executor.ExecutorId.Value}' on this agent";
            }
        }

        if (fault is null && !left.Contains(needed))
        {
            fault = $"Total resources {needed} required by task and its executor is more than available {left}";
        }

        if (fault is not null)
        {
            Answer(framework, task, agent.Id, TaskState.TaskError, TaskStatus.Types.Reason.TaskInvalid, fault);
            return;
        }

        left.Subtract(needed);
        agent.Used.Add(needed);
        if (newExecutor)
        {
            agent.Executors.Add((framework.Id, task.Executor!.ExecutorId), (task.Executor, role));
        }

        framework.Tasks.Add(task.TaskId, new TaskEntry(task, agent.Id, role));
        Tell(agent, new RunTask(framework.Info, task, newExecutor || task.Executor is null));
    }

    private void DropAll(FrameworkEntry framework, SchedulerCall.Types.Accept accept, string fault)
    {
        foreach (Offer.Types.Operation operation in accept.Operations)
        {
            IEnumerable<TaskInfo> tasks = [.. operation.Launch?.TaskInfos ?? [], .. operation.LaunchGroup?.TaskGroup?.Tasks ?? []];
            foreach (TaskInfo task in tasks)
            {
                Answer(framework, task, task.AgentId, framework.Lost(TaskState.TaskDropped), TaskStatus.Types.Reason.InvalidOffers,
                    $"Task launched with invalid offers: {fault}");
            }
        }
    }

    /// <summary>A status of the master's own: it has no uuid and is not acknowledged.</summary>
    private void Answer(FrameworkEntry framework, TaskInfo task, AgentID agent, TaskState state, TaskStatus.Types.Reason reason, string message)
    {
        TaskStatus status = MasterStatus(task.TaskId, agent, state, reason, message);
        if (task.Executor is { } executor)
        {
            status.ExecutorId = executor.ExecutorId;
        }

        SendUpdate(framework, status);
    }

    private TaskStatus MasterStatus(TaskID task, AgentID? agent, TaskState state, TaskStatus.Types.Reason reason, string message)
    {
        var status = new TaskStatus
        {
            TaskId = task,
            State = state,
            Source = TaskStatus.Types.Source.Master,
            Reason = reason,
            Message = message,
            Timestamp = _options.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000d,
        };
        if (agent is not null)
        {
            status.AgentId = agent;
        }

        return status;
    }

    private static void SendUpdate(FrameworkEntry framework, TaskStatus status) => framework.Send(new SchedulerEvent
    {
        Type = SchedulerEvent.Types.Type.Update,
        Update = new SchedulerEvent.Types.Update { Status = status },
    });
}
