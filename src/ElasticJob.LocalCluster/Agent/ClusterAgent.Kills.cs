using ElasticJob.Local.Messaging;
using ElasticJob.Local.Processes;

namespace ElasticJob.Local.Agent;

/// <content>KILL of one task, from before its executor has it to a command that ignores SIGTERM.</content>
internal sealed partial class ClusterAgent
{
    private static readonly TimeSpan DefaultKillGracePeriod = TimeSpan.FromSeconds(3);

    private void Kill(KillTask kill)
    {
        foreach (ExecutorEntry executor in _executors.Values.Where(one => one.Framework.Id.Equals(kill.Framework)))
        {
            if (!executor.Tasks.TryGetValue(kill.Task, out AgentTask? task))
            {
                continue;
            }

            if (!task.IsTerminal)
            {
                task.KillRequested = true;
                task.KillPolicy = kill.Policy ?? task.Info.KillPolicy;
                Kill(executor, task);
            }

            return;
        }
    }

    private void Kill(ExecutorEntry executor, AgentTask task)
    {
        if (task.Delivered)
        {
            if (executor.IsCommand)
            {
                KillCommand(executor, task);
            }
            else
            {
                TellKill(executor, task);
            }

            return;
        }

        Accept(executor, task, AgentStatus(executor, task.Id, TaskState.TaskKilled, TaskStatus.Types.Reason.TaskKilledDuringLaunch,
            "The task was killed before its executor had it"));
        if (executor.State == ExecutorState.Registering && !executor.HasLiveTasks)
        {
            // Nobody needs the executor any more.
            executor.State = ExecutorState.Terminating;
            executor.Process?.Signal(NativeMethods.SigKill);
        }
    }

    private void KillCommand(ExecutorEntry executor, AgentTask task)
    {
        if (executor.State != ExecutorState.Running)
        {
            return;
        }

        executor.State = ExecutorState.Terminating;
        if (executor.Framework.Capabilities.Any(one => one.Type == FrameworkInfo.Types.Capability.Types.Type.TaskKillingState))
        {
            TaskStatus killing = AgentStatus(executor, task.Id, TaskState.TaskKilling, null, null);
            killing.Source = TaskStatus.Types.Source.Executor;
            Accept(executor, task, killing);
        }

        executor.Process?.Signal(NativeMethods.SigTerm);
        KillAfter(executor, task.KillPolicy?.GracePeriod is { } grace ? TimeSpan.FromTicks(grace.Nanoseconds / 100) : DefaultKillGracePeriod);
    }

    private void TellKill(ExecutorEntry executor, AgentTask task)
    {
        var kill = new ExecutorEvent { Type = ExecutorEvent.Types.Type.Kill, Kill = new ExecutorEvent.Types.Kill { TaskId = task.Id } };
        if (task.KillPolicy is { } policy)
        {
            kill.Kill.KillPolicy = policy;
        }

        Tell(executor, kill);
    }
}
