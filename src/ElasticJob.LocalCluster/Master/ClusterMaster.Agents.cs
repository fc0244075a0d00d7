using ElasticJob.Local.Messaging;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <content>Agents come, come back and go.</content>
internal sealed partial class ClusterMaster
{
    /// <summary>
    /// What the agent says is alive on it is the truth; what the master thought there was besides is gone. If the agent was unreachable nobody is told so, as a
    /// Mesos master has forgotten by then what ran there (master.cpp, where it erases <c>framework->unreachableTasks</c>): who wants to know asks by name.
    /// </summary>
    private void Register(RegisterAgent register)
    {
        if (!_agents.TryGetValue(register.Agent, out AgentEntry? agent))
        {
            _agents.Add(register.Agent, agent = new AgentEntry(register.Info));
        }

        foreach (OfferEntry offer in _offers.Values.Where(offer => offer.Agent == agent).ToList())
        {
            Rescind(offer);
        }

        bool silent = agent.UnreachableSince is not null;
        agent.UnreachableSince = null;
        agent.Info = register.Info;
        agent.Total = ResourceSum.Of(register.Info.Resources);
        agent.Link = register.Connection;
        agent.Recovering = false;
        agent.RegisteredAt = _options.Time.GetUtcNow();
        ExecutorExited[] missing = [.. agent.Executors.Keys
            .Except(register.Executors.Select(executor => (executor.FrameworkId, executor.ExecutorId)))
            .Select(gone => new ExecutorExited(agent.Id, gone.Item1, gone.Item2, 0))];
        foreach (ExecutorExited gone in silent ? [] : missing)
        {
            Exited(gone);
        }

        agent.Used = new ResourceSum();
        agent.Executors.Clear();
        _registry.Keep(register.Info);
        Adopt(register, agent);
        ForgetMissing(register, silent);
        foreach (FrameworkEntry framework in _frameworks.Values.Where(framework => framework.Stream is not null))
        {
            Tell(agent, new FrameworkConnected(framework.Info));
        }

        foreach (FrameworkInfo info in register.Frameworks.Where(info => _completed.Contains(info.Id)))
        {
            Tell(agent, new ShutdownFramework(info.Id));
        }

        ClusterLog.AgentRegistered(_logger, agent.Id.Value, register.Tasks.Count);
        _allocationWanted = true;
    }

    private void Adopt(RegisterAgent register, AgentEntry agent)
    {
        foreach (FrameworkInfo info in register.Frameworks)
        {
            if (!_frameworks.ContainsKey(info.Id) && !_completed.Contains(info.Id))
            {
                var framework = new FrameworkEntry(info);
                _frameworks.Add(info.Id, framework);
                AwaitFailover(framework);
            }
        }

        foreach (ExecutorInfo executor in register.Executors)
        {
            string role = _frameworks.GetValueOrDefault(executor.FrameworkId)?.Roles.FirstOrDefault() ?? "*";
            agent.Executors[(executor.FrameworkId, executor.ExecutorId)] = (executor, role);
            agent.Used.Add(ResourceSum.Of(executor.Resources));
        }

        foreach (AgentTaskState known in register.Tasks)
        {
            if (!_frameworks.TryGetValue(known.Framework, out FrameworkEntry? framework))
            {
                continue;
            }

            if (!framework.Tasks.TryGetValue(known.Task.TaskId, out TaskEntry? task))
            {
                string role = known.Task.Resources.FirstOrDefault()?.AllocationInfo?.Role ?? framework.Roles.FirstOrDefault() ?? "*";
                framework.Tasks.Add(known.Task.TaskId, task = new TaskEntry(known.Task, agent.Id, role));
            }

            task.State = known.Latest?.State ?? task.State;
            if (!task.IsTerminal)
            {
                agent.Used.Add(task.Resources);
                if (task.KillAsked is { } kill)
                {
                    Tell(agent, kill);
                }
            }
        }
    }

    private void ForgetMissing(RegisterAgent register, bool silent)
    {
        HashSet<(FrameworkID, TaskID)> alive = [.. register.Tasks.Select(task => (task.Framework, task.Task.TaskId))];
        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            foreach (TaskEntry task in framework.Tasks.Values.Where(task => task.Agent.Equals(register.Agent)).ToList())
            {
                if (alive.Contains((framework.Id, task.Id)))
                {
                    continue;
                }

                if (!task.IsTerminal && silent)
                {
                    framework.Tasks.Remove(task.Id);
                    continue;
                }

                if (!task.IsTerminal)
                {
                    task.State = framework.Lost(TaskState.TaskGone);
                    Answer(framework, task.Info, task.Agent, task.State, TaskStatus.Types.Reason.AgentReregistered,
                        "The agent came back without this task");
                }

                framework.Complete(task);
            }
        }
    }

    /// <summary>The agent is away: its offers are void and its tasks may or may not go on.</summary>
    private void Disconnect(AgentID id)
    {
        if (!_agents.TryGetValue(id, out AgentEntry? agent) || agent.Link is null)
        {
            return;
        }

        agent.Link = null;
        DateTimeOffset now = _options.Time.GetUtcNow();
        agent.UnreachableSince = now;
        foreach (OfferEntry offer in _offers.Values.Where(offer => offer.Agent == agent).ToList())
        {
            Rescind(offer);
        }

        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            foreach (TaskEntry task in framework.Tasks.Values.Where(task => task.Agent.Equals(id) && !task.IsTerminal))
            {
                TaskStatus status = MasterStatus(task.Id, id, framework.Lost(TaskState.TaskUnreachable),
                    TaskStatus.Types.Reason.AgentRemoved, "The agent is unreachable");
                status.UnreachableTime = new TimeInfo { Nanoseconds = now.ToUnixTimeMilliseconds() * 1_000_000 };
                SendUpdate(framework, status);
            }

            framework.Send(new SchedulerEvent
            {
                Type = SchedulerEvent.Types.Type.Failure,
                Failure = new SchedulerEvent.Types.Failure { AgentId = id },
            });
        }

        ClusterLog.AgentUnreachable(_logger, id.Value);
    }
}
