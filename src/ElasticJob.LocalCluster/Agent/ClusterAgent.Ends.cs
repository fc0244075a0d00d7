using ElasticJob.Local.Messaging;
using ElasticJob.Local.Processes;

namespace ElasticJob.Local.Agent;

/// <content>The end of executors: asked for, by themselves, and what is left of them.</content>
internal sealed partial class ClusterAgent
{
    private void Shutdown(ShutdownExecutor shutdown)
    {
        if (_executors.TryGetValue((shutdown.Framework, shutdown.Executor), out ExecutorEntry? executor))
        {
            End(executor);
        }
    }

    private void Shutdown(ShutdownFramework shutdown)
    {
        foreach (ExecutorEntry executor in _executors.Values.Where(one => one.Framework.Id.Equals(shutdown.Framework)).ToList())
        {
            // Nobody is left to acknowledge anything.
            foreach (AgentTask task in executor.Tasks.Values)
            {
                task.RetryTimer?.Dispose();
                task.Unacknowledged.Clear();
            }

            executor.Verdict ??= (TaskState.TaskKilled, TaskStatus.Types.Reason.FrameworkRemoved, "The framework was removed");
            End(executor);
            CheckComplete(executor);
        }
    }

    private TimeSpan Grace(ExecutorEntry executor) => executor.Info.ShutdownGracePeriod is { } grace
        ? TimeSpan.FromTicks(grace.Nanoseconds / 100)
        : _options.ExecutorShutdownGracePeriod;

    /// <summary>Asks an executor to end: SHUTDOWN (a command gets SIGTERM), and SIGKILL for its process group after the grace period.</summary>
    private void End(ExecutorEntry executor)
    {
        if (executor.State is ExecutorState.Terminating or ExecutorState.Terminated)
        {
            return;
        }

        bool subscribed = executor.Stream is not null;
        executor.State = ExecutorState.Terminating;
        if (executor.Process is null)
        {
            // Its files are being fetched: Start finds the new state.
            return;
        }

        if (subscribed)
        {
            Tell(executor, new ExecutorEvent { Type = ExecutorEvent.Types.Type.Shutdown });
        }
        else
        {
            executor.Process.Signal(NativeMethods.SigTerm);
        }

        KillAfter(executor, Grace(executor));
    }

    private void KillAfter(ExecutorEntry executor, TimeSpan grace)
    {
        executor.Timer?.Dispose();
        executor.Timer = _options.Time.CreateTimer(
            _ => Mailbox.Post(() =>
            {
                if (executor.State != ExecutorState.Terminated)
                {
                    executor.Process?.Signal(NativeMethods.SigKill);
                }
            }),
            null,
            grace > TimeSpan.Zero ? grace : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>The process is gone, or there never was one.</summary>
    private void Ended(ExecutorEntry executor, int? exitCode)
    {
        if (executor.State == ExecutorState.Terminated)
        {
            return;
        }

        executor.State = ExecutorState.Terminated;
        try
        {
            Settle(executor, exitCode ?? WrittenExitCode(executor));
        }
        finally
        {
            // Whoever waits for the end of all must hear of it, whatever could not be told or written.
            CheckAllEnded();
        }
    }

    private int? WrittenExitCode(ExecutorEntry executor)
    {
        try
        {
            return int.TryParse(File.ReadAllText(_directories.ExitFile(executor.Container)), out int written) ? written : null;
        }
        catch (Exception nothing) when (nothing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Settle(ExecutorEntry executor, int? exitCode)
    {
        executor.Timer?.Dispose();
        executor.Stream?.Close();
        executor.Stream = null;
        if (executor.Process is not null)
        {
            executor.Process.Signal(NativeMethods.SigKill);
            Sweep(executor.Sandbox);
        }

        ClusterLog.ExecutorEnded(_logger, executor.Id.Value, executor.Framework.Id.Value,
            executor.Process is null ? "before it was started" : ExitDescription.Of(exitCode));
        foreach (AgentTask task in executor.Tasks.Values.Where(task => !task.IsTerminal).ToList())
        {
            Accept(executor, task, executor.IsCommand && executor.WasStarted
                ? CommandEnded(executor, task, exitCode)
                : LostWithExecutor(executor, task, exitCode));
        }

        _used.Subtract(executor.Resources);
        if (!executor.IsCommand)
        {
            Tell(new ExecutorExited(Info.Id, executor.Framework.Id, executor.Id, ExitDescription.WaitStatus(exitCode ?? 0)));
        }

        CheckComplete(executor);
    }

    private TaskStatus LostWithExecutor(ExecutorEntry executor, AgentTask task, int? exitCode)
    {
        if (executor.Verdict is var (state, reason, message))
        {
            return AgentStatus(executor, task.Id, state, reason, message);
        }

        string what = $"The executor {ExitDescription.Of(exitCode)}{ExitDescription.Tail(Path.Combine(executor.Sandbox, "stderr"))}";
        return AgentStatus(executor, task.Id, TaskState.TaskFailed, TaskStatus.Types.Reason.ExecutorTerminated, what);
    }

    private TaskStatus CommandEnded(ExecutorEntry executor, AgentTask task, int? exitCode)
    {
        string what = $"The command {ExitDescription.Of(exitCode)}";
        TaskStatus status = (exitCode, task.KillRequested, executor.Verdict) switch
        {
            (_, true, _) => AgentStatus(executor, task.Id, TaskState.TaskKilled, null, what),
            (_, _, var (state, reason, message)) => AgentStatus(executor, task.Id, state, reason, message),
            (0, _, _) => AgentStatus(executor, task.Id, TaskState.TaskFinished, null, what),
            _ => AgentStatus(executor, task.Id, TaskState.TaskFailed, TaskStatus.Types.Reason.CommandExecutorFailed,
                what + ExitDescription.Tail(Path.Combine(executor.Sandbox, "stderr"))),
        };
        status.Source = TaskStatus.Types.Source.Executor;
        return status;
    }

    /// <summary>Kills what has left the process group. Those that end while a sweep runs share the next one.</summary>
    private void Sweep(string sandbox)
    {
        _toSweep.Add(sandbox);
        if (!_sweeping)
        {
            _sweeping = true;
            _sweep = SweepAsync();
        }
    }

    private async Task SweepAsync()
    {
        while (await Mailbox.AskAsync(TakeSwept).ConfigureAwait(false) is { Count: > 0 } sandboxes)
        {
            try
            {
                if (ProcessSweep.Kill(sandboxes.Contains) is > 0 and var killed)
                {
                    ClusterLog.LeftoversKilled(_logger, killed);
                }
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                ClusterLog.MessageFailed(_logger, fault);
            }
        }
    }

    private HashSet<string> TakeSwept()
    {
        HashSet<string> taken = [.. _toSweep];
        _toSweep.Clear();

        // Decided here, in the agent's own loop: whoever comes next must not count on a sweep that has just taken nothing and is about to end.
        _sweeping = taken.Count > 0;
        return taken;
    }
}
