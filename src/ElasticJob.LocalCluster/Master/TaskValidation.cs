using ElasticJob.Local.Agent;
using ElasticJob.Local.Resources;

namespace ElasticJob.Local.Master;

/// <summary>Says what is wrong with a task, an id, a role — or null.</summary>
internal static class TaskValidation
{
    private const int LongestId = 255;

    public static string? IdFault(string kind, string id) =>
        id.Length == 0 ? $"{kind} must not be empty"
        : id.Length > LongestId ? $"{kind} must not be longer than {LongestId} characters"
        : id is "." or ".." ? $"{kind} must not be '{id}'"
        : id.Any(character => char.IsControl(character) || character is '/' or '\\') ? $"{kind} '{id}' contains invalid characters"
        : null;

    public static string? RoleFault(string role) =>
        role.Length == 0 ? "A role must not be empty"
        : role is "." or ".." ? $"Role '{role}' is invalid"
        : role.StartsWith('-') || role.StartsWith('/') || role.EndsWith('/') ? $"Role '{role}' starts or ends with an invalid character"
        : role.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character == '\\') ? $"Role '{role}' contains invalid characters"
        : role.Contains('*') && role != "*" ? $"Role '{role}' contains '*'"
        : null;

    /// <summary>Everything that can be said about a task without looking at what else runs.</summary>
    public static string? TaskFault(TaskInfo task, FrameworkID framework, AgentID agent)
    {
        if (IdFault("TaskID", task.TaskId.Value) is { } idFault)
        {
            return idFault;
        }

        if (!task.AgentId.Equals(agent))
        {
            return $"Task uses invalid agent {task.AgentId.Value} while agent {agent.Value} is expected";
        }

        if (task.Executor is null == task.Command is null)
        {
            return "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present";
        }

        string? fault = ResourcesFault("Task", task.Resources) ?? ContainerFault(task.Container);
        if (fault is not null)
        {
            return fault;
        }

        if (task.Resources.Count == 0 && task.Executor is null)
        {
            return "Task uses no resources";
        }

        return task.Executor is { } executor ? ExecutorFault(executor, framework) : CommandFault(task.Command!);
    }

    private static string? ExecutorFault(ExecutorInfo executor, FrameworkID framework)
    {
        if (IdFault("ExecutorID", executor.ExecutorId.Value) is { } idFault)
        {
            return idFault;
        }

        if (executor.FrameworkId is not null && !executor.FrameworkId.Equals(framework))
        {
            return $"ExecutorInfo has an invalid FrameworkID (Actual: {executor.FrameworkId.Value} vs Expected: {framework.Value})";
        }

        if (executor.Type == ExecutorInfo.Types.Type.Default)
        {
            return "The DEFAULT executor is for task groups, which this cluster does not have: use a command task or a CUSTOM executor";
        }

        return executor.Command is null
            ? "'ExecutorInfo.command' must be set for 'CUSTOM' executor"
            : ResourcesFault("Executor", executor.Resources) ?? ContainerFault(executor.Container) ?? CommandFault(executor.Command);
    }

    private static string? CommandFault(CommandInfo command)
    {
        if (!command.HasValue || command.Value.Length == 0)
        {
            return command.Shell ? "Shell command must have 'value' set" : "'CommandInfo.value' must name the program when 'shell' is false";
        }

        foreach (Mesos.V1.Environment.Types.Variable variable in command.Environment?.Variables ?? [])
        {
            if (variable.Type == Mesos.V1.Environment.Types.Variable.Types.Type.Secret
                && variable.Secret?.Value is null
                && (variable.Secret?.Reference is not { } reference || !SecretReference.IsKnown(reference)))
            {
                return $"Environment variable '{variable.Name}' refers to a secret store that this cluster does not have; it knows file:/absolute/path and env:NAME";
            }

            if (variable.Name.Length == 0 || variable.Name.Contains('=') || variable.Name.Contains('\0') || variable.Value.Contains('\0'))
            {
                return $"Environment variable '{variable.Name}' has a name or value that a process cannot be given";
            }
        }

        return null;
    }

    private static string? ContainerFault(ContainerInfo? container) =>
        container is null || (container.Type == ContainerInfo.Types.Type.Mesos && container.Mesos?.Image is null)
            ? null
            : "This cluster runs processes and has no container images: leave 'container' out";

    private static string? ResourcesFault(string what, IEnumerable<Resource> resources)
    {
        foreach (Resource resource in resources)
        {
            if (resource.Type == Value.Types.Type.Scalar && (resource.Scalar is null || !(resource.Scalar.Value > 0) || !double.IsFinite(resource.Scalar.Value)))
            {
                return $"{what} uses invalid resources: '{resource.Name}' must be a number above zero";
            }

            if (resource.Reservation is not null || resource.Reservations.Count > 0 || resource.Disk is not null)
            {
                return $"{what} uses invalid resources: '{resource.Name}' is reserved or a volume, and this cluster has neither";
            }

            if (resource.Type is Value.Types.Type.Set or Value.Types.Type.Text)
            {
                return $"{what} uses invalid resources: '{resource.Name}' must be a scalar or ranges";
            }
        }

        return null;
    }
}
