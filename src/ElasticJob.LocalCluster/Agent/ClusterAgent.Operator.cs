using ElasticJob.Local.Http;
using Google.Protobuf;
using AgentCall = ElasticJob.Mesos.V1.Agent.Call;
using AgentResponse = ElasticJob.Mesos.V1.Agent.Response;

namespace ElasticJob.Local.Agent;

/// <content>The operator API: what the agent knows.</content>
internal sealed partial class ClusterAgent
{
    public IMessage Answer(AgentCall call) => call.Type switch
    {
        AgentCall.Types.Type.GetHealth => new AgentResponse
        {
            Type = AgentResponse.Types.Type.GetHealth,
            GetHealth = new AgentResponse.Types.GetHealth { Healthy = true },
        },
        AgentCall.Types.Type.GetVersion => new AgentResponse
        {
            Type = AgentResponse.Types.Type.GetVersion,
            GetVersion = new AgentResponse.Types.GetVersion { VersionInfo = ClusterVersion.Info },
        },
        AgentCall.Types.Type.GetAgent => new AgentResponse
        {
            Type = AgentResponse.Types.Type.GetAgent,
            GetAgent = new AgentResponse.Types.GetAgent { AgentInfo = Info },
        },
        AgentCall.Types.Type.GetFrameworks => new AgentResponse { Type = AgentResponse.Types.Type.GetFrameworks, GetFrameworks = Frameworks() },
        AgentCall.Types.Type.GetExecutors => new AgentResponse { Type = AgentResponse.Types.Type.GetExecutors, GetExecutors = Executors() },
        AgentCall.Types.Type.GetTasks => new AgentResponse { Type = AgentResponse.Types.Type.GetTasks, GetTasks = Tasks() },
        AgentCall.Types.Type.GetState => new AgentResponse
        {
            Type = AgentResponse.Types.Type.GetState,
            GetState = new AgentResponse.Types.GetState { GetTasks = Tasks(), GetExecutors = Executors(), GetFrameworks = Frameworks() },
        },
        _ => throw new CallRefusedException(501, $"The operator call {call.Type} is not implemented by this agent."),
    };

    private AgentResponse.Types.GetFrameworks Frameworks()
    {
        var frameworks = new AgentResponse.Types.GetFrameworks();
        frameworks.Frameworks.Add(_executors.Values.Select(executor => executor.Framework).DistinctBy(framework => framework.Id)
            .Select(framework => new AgentResponse.Types.GetFrameworks.Types.Framework { FrameworkInfo = framework }));
        return frameworks;
    }

    private AgentResponse.Types.GetExecutors Executors()
    {
        var executors = new AgentResponse.Types.GetExecutors();
        executors.Executors.Add(_executors.Values.Select(executor => new AgentResponse.Types.GetExecutors.Types.Executor { ExecutorInfo = executor.Info }));
        executors.CompletedExecutors.Add(_completedExecutors
            .Select(executor => new AgentResponse.Types.GetExecutors.Types.Executor { ExecutorInfo = executor.Info }));
        return executors;
    }

    private AgentResponse.Types.GetTasks Tasks()
    {
        var tasks = new AgentResponse.Types.GetTasks();
        foreach (ExecutorEntry executor in _executors.Values)
        {
            foreach (AgentTask task in executor.Tasks.Values)
            {
                (task.IsTerminal ? tasks.TerminatedTasks : task.Delivered ? tasks.LaunchedTasks : tasks.QueuedTasks)
                    .Add(TaskSummaries.Of(task.Info, executor.Framework.Id, Info.Id, executor.Id, task.Latest?.State ?? TaskState.TaskStaging, task.Latest));
            }
        }

        return tasks;
    }
}
