using ElasticJob.Mesos.V1;

namespace ElasticJob.Local.Tests;

/// <summary>Tasks to launch.</summary>
internal static class Tasks
{
    public static string PythonExecutor => Path.Combine(AppContext.BaseDirectory, "executor.py");

    public static TaskInfo Command(Offer offer, string id, string command, double cpus = 0.1)
    {
        var task = new TaskInfo
        {
            Name = id,
            TaskId = new TaskID { Value = id },
            AgentId = offer.AgentId,
            Command = new CommandInfo { Value = command },
        };
        task.Resources.Add(Scalar("cpus", cpus));
        task.Resources.Add(Scalar("mem", 32));
        return task;
    }

    public static TaskInfo Custom(Offer offer, string id, string executor = "py", string? command = null)
    {
        TaskInfo task = Command(offer, id, "");
        task.Command = null;
        task.Executor = new ExecutorInfo
        {
            Type = ExecutorInfo.Types.Type.Custom,
            ExecutorId = new ExecutorID { Value = executor },
            Command = new CommandInfo { Value = command ?? $"exec python3 {PythonExecutor}" },
        };
        task.Executor.Resources.Add(Scalar("cpus", 0.1));
        task.Executor.Resources.Add(Scalar("mem", 32));
        return task;
    }

    public static Resource Scalar(string name, double amount) => new()
    {
        Name = name,
        Type = Value.Types.Type.Scalar,
        Scalar = new Value.Types.Scalar { Value = amount },
    };
}
