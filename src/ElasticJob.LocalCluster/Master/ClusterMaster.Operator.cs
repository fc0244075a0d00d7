using ElasticJob.Local.Http;
using Google.Protobuf;
using MasterCall = ElasticJob.Mesos.V1.Master.Call;
using MasterResponse = ElasticJob.Mesos.V1.Master.Response;

namespace ElasticJob.Local.Master;

/// <content>The operator API: what the master knows.</content>
internal sealed partial class ClusterMaster
{
    public IMessage Answer(MasterCall call) => call.Type switch
    {
        MasterCall.Types.Type.GetHealth => new MasterResponse
        {
            Type = MasterResponse.Types.Type.GetHealth,
            GetHealth = new MasterResponse.Types.GetHealth { Healthy = true },
        },
        MasterCall.Types.Type.GetVersion => new MasterResponse
        {
            Type = MasterResponse.Types.Type.GetVersion,
            GetVersion = new MasterResponse.Types.GetVersion { VersionInfo = ClusterVersion.Info },
        },
        MasterCall.Types.Type.GetMaster => new MasterResponse
        {
            Type = MasterResponse.Types.Type.GetMaster,
            GetMaster = new MasterResponse.Types.GetMaster { MasterInfo = Info },
        },
        MasterCall.Types.Type.GetAgents => new MasterResponse { Type = MasterResponse.Types.Type.GetAgents, GetAgents = Agents() },
        MasterCall.Types.Type.GetFrameworks => new MasterResponse { Type = MasterResponse.Types.Type.GetFrameworks, GetFrameworks = Frameworks() },
        MasterCall.Types.Type.GetExecutors => new MasterResponse { Type = MasterResponse.Types.Type.GetExecutors, GetExecutors = Executors() },
        MasterCall.Types.Type.GetTasks => new MasterResponse { Type = MasterResponse.Types.Type.GetTasks, GetTasks = Tasks() },
        MasterCall.Types.Type.GetState => new MasterResponse
        {
            Type = MasterResponse.Types.Type.GetState,
            GetState = new MasterResponse.Types.GetState
            {
                GetTasks = Tasks(),
                GetExecutors = Executors(),
                GetFrameworks = Frameworks(),
                GetAgents = Agents(),
            },
        },
        _ => throw new CallRefusedException(501, $"The operator call {call.Type} is not implemented by this master."),
    };

    private MasterResponse.Types.GetAgents Agents()
    {
        var agents = new MasterResponse.Types.GetAgents();
        foreach (AgentEntry entry in _agents.Values)
        {
            var agent = new MasterResponse.Types.GetAgents.Types.Agent
            {
                AgentInfo = entry.Info,
                Active = entry.Link is not null,
                Version = ClusterVersion.Info.Version,
                Pid = $"slave(1)@{_options.ListenAddress}:{entry.Info.Port}",
                RegisteredTime = new TimeInfo { Nanoseconds = entry.RegisteredAt.ToUnixTimeMilliseconds() * 1_000_000 },
            };
            agent.TotalResources.Add(entry.Total.ToResources());
            agent.AllocatedResources.Add(entry.Used.ToResources());
            agent.OfferedResources.Add(entry.Offered.ToResources());
            agents.Agents.Add(agent);
        }

        return agents;
    }

    private MasterResponse.Types.GetFrameworks Frameworks()
    {
        var frameworks = new MasterResponse.Types.GetFrameworks();
        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            frameworks.Frameworks.Add(new MasterResponse.Types.GetFrameworks.Types.Framework
            {
                FrameworkInfo = framework.Info,
                Active = framework.Stream is not null,
                Connected = framework.Stream is not null,
                Recovered = false,
            });
        }

        foreach (FrameworkInfo info in _registry.CompletedFrameworks)
        {
            frameworks.CompletedFrameworks.Add(new MasterResponse.Types.GetFrameworks.Types.Framework
            {
                FrameworkInfo = info,
                Active = false,
                Connected = false,
                Recovered = false,
            });
        }

        return frameworks;
    }

    private MasterResponse.Types.GetExecutors Executors()
    {
        var executors = new MasterResponse.Types.GetExecutors();
        foreach (AgentEntry agent in _agents.Values)
        {
            executors.Executors.Add(agent.Executors.Values.Select(executor => new MasterResponse.Types.GetExecutors.Types.Executor
            {
                ExecutorInfo = executor.Info,
                AgentId = agent.Id,
            }));
        }

        return executors;
    }

    private MasterResponse.Types.GetTasks Tasks()
    {
        var tasks = new MasterResponse.Types.GetTasks();
        foreach (FrameworkEntry framework in _frameworks.Values)
        {
            tasks.Tasks.Add(framework.Tasks.Values.Select(task => Summary(framework, task)));
            tasks.CompletedTasks.Add(framework.CompletedTasks.Select(task => Summary(framework, task)));
        }

        return tasks;
    }

    private static TaskSummary Summary(FrameworkEntry framework, TaskEntry task) =>
        TaskSummaries.Of(task.Info, framework.Id, task.Agent, task.ExecutorId, task.State, task.LastStatus);
}
