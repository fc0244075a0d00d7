using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Http;
using ElasticJob.Local.Messaging;
using ElasticJob.Local.Processes;

namespace ElasticJob.Local.Agent;

/// <content>The executor API, kills, and the end of executors.</content>
internal sealed partial class ClusterAgent
{
    private static readonly TimeSpan DefaultKillGracePeriod = TimeSpan.FromSeconds(3);

    /// <summary>Subscribes an executor; a second subscription takes the place of the first.</summary>
    public bool Subscribe(ExecutorCall call, EventStream<ExecutorEvent> stream, string? token)
    {
        ExecutorEntry executor = Authorised(call, token);
        if (executor.State is ExecutorState.Terminating or ExecutorState.Terminated)
        {
            stream.Send(new ExecutorEvent { Type = ExecutorEvent.Types.Type.Shutdown });
            stream.Close();
            return false;
        }

        executor.Stream?.Close();
        executor.Stream = stream;
        executor.State = ExecutorState.Running;
        executor.Timer?.Dispose();
        executor.Timer = null;
        Tell(executor, new ExecutorEvent
        {
            Type = ExecutorEvent.Types.Type.Subscribed,
            Subscribed = new ExecutorEvent.Types.Subscribed
            {
                ExecutorInfo = executor.Info,
                FrameworkInfo = executor.Framework,
                AgentInfo = Info,
                ContainerId = new ContainerID { Value = executor.Container },
            },
        });
        var heartbeat = new ExecutorEvent { Type = ExecutorEvent.Types.Type.Heartbeat };
        executor.Timer = _options.Time.CreateTimer(_ => stream.Send(heartbeat), null, _options.HeartbeatInterval, _options.HeartbeatInterval);
        CatchUp(executor, call.Subscribe ?? new ExecutorCall.Types.Subscribe());
        DeliverTasks(executor);
        return true;
    }

    /// <summary>A stream has ended. The executor may come back; if its process ends, that is noticed by itself.</summary>
    public void Disconnected(EventStream<ExecutorEvent> stream)
    {
        ExecutorEntry? executor = _executors.Values.FirstOrDefault(one => ReferenceEquals(one.Stream, stream));
        if (executor is not null)
        {
            executor.Stream = null;
            if (executor.State == ExecutorState.Running)
            {
                executor.Timer?.Dispose();
                executor.Timer = null;
            }
        }
    }

    /// <summary>Answers a call other than SUBSCRIBE.</summary>
    /// <exception cref="CallRefusedException">The call cannot be accepted.</exception>
    public bool Handle(ExecutorCall call, string? token)
    {
        ExecutorEntry executor = Authorised(call, token);
        if (executor.Stream is null && executor.State != ExecutorState.Terminating)
        {
            throw new CallRefusedException(403, "Executor is not subscribed.");
        }

        switch (call.Type)
        {
            case ExecutorCall.Types.Type.Update:
                TaskStatus status = (call.Update ?? throw Missing("update")).Status;
                CheckUpdate(status, call.ExecutorId);
                Carry(call, () => Update(executor, status));
                break;
            case ExecutorCall.Types.Type.Message:
                Google.Protobuf.ByteString data = (call.Message ?? throw Missing("message")).Data;
                Carry(call, () => _master.Send(new MessageToFramework(Info.Id, executor.Framework.Id, executor.Id, data)));
                break;
            case ExecutorCall.Types.Type.Heartbeat:
                break;
            default:
                throw new CallRefusedException(400, $"Failed to validate executor::Call: the call type {call.Type} is not supported.");
        }

        return true;
    }

    private static CallRefusedException Missing(string part) => new(400, $"Failed to validate executor::Call: Expecting '{part}' to be present.");

    private static void CheckUpdate(TaskStatus status, ExecutorID executor)
    {
        string? fault = status.Uuid.Length != 16 ? "Expecting 'uuid' to be a UUID of 16 bytes"
            : status.Source != TaskStatus.Types.Source.Executor ? $"Received Call with invalid source: expecting SOURCE_EXECUTOR, got {status.Source}"
            : status.State == TaskState.TaskStaging ? "TASK_STAGING is not for executors"
            : status.ExecutorId is not null && !status.ExecutorId.Equals(executor) ? "ExecutorID in Call does not match that in 'update.status'"
            : null;
        if (fault is not null)
        {
            throw new CallRefusedException(400, $"Failed to validate executor::Call: {fault}.");
        }
    }

    private void Carry(ExecutorCall call, Action deliver) =>
        _options.Gate.Carry(MessageLeg.ExecutorToAgent, Info.Id.Value, call, () => Mailbox.Post(deliver));

    private void Tell(ExecutorEntry executor, ExecutorEvent message) =>
        _options.Gate.Carry(MessageLeg.AgentToExecutor, Info.Id.Value, message, () => executor.Stream?.Send(message));

    private ExecutorEntry Authorised(ExecutorCall call, string? token)
    {
        if (!call.HasType || call.Type == ExecutorCall.Types.Type.Unknown)
        {
            throw new CallRefusedException(400, "Failed to validate executor::Call: Expecting 'type' to be present.");
        }

        if (!_executors.TryGetValue((call.FrameworkId, call.ExecutorId), out ExecutorEntry? executor) || executor.IsCommand)
        {
            throw new CallRefusedException(400, _executors.Keys.Any(key => key.Framework.Equals(call.FrameworkId))
                ? "Executor cannot be found."
                : "Framework cannot be found.");
        }

        return executor.Token.Length == 0 || executor.Token == token
            ? executor
            : throw new CallRefusedException(401, "The executor's token is missing or wrong: send 'Authorization: Bearer $MESOS_EXECUTOR_AUTHENTICATION_TOKEN'.");
    }

    /// <summary>After a lost connection or a restart: what the executor still knows, the agent learns.</summary>
    private void CatchUp(ExecutorEntry executor, ExecutorCall.Types.Subscribe subscribe)
    {
        foreach (ExecutorCall.Types.Update update in subscribe.UnacknowledgedUpdates)
        {
            if (update.Status.Uuid.Length == 16)
            {
                Update(executor, update.Status);
            }
        }

        HashSet<TaskID> known = [.. subscribe.UnacknowledgedTasks.Select(task => task.TaskId)];
        foreach (AgentTask task in executor.Tasks.Values.Where(task => task is { Delivered: true, IsTerminal: false }).ToList())
        {
            if (task.Latest is null && !known.Contains(task.Id))
            {
                // It was sent when the connection (or the agent) broke and never arrived.
                Accept(executor, task, AgentStatus(executor, task.Id, Lost(executor.Framework, TaskState.TaskDropped),
                    TaskStatus.Types.Reason.AgentRestarted, "The task was on its way to the executor when the connection broke"));
            }
            else if (task.KillRequested)
            {
                TellKill(executor, task);
            }
        }

        executor.IsRecovered = false;
    }

    private void DeliverTasks(ExecutorEntry executor)
    {
        if (executor.State != ExecutorState.Running || executor.Stream is null)
        {
            return;
        }

        foreach (AgentTask task in executor.Tasks.Values.Where(task => task is { Delivered: false, IsTerminal: false }))
        {
            task.Delivered = true;
            Tell(executor, new ExecutorEvent
            {
                Type = ExecutorEvent.Types.Type.Launch,
                Launch = new ExecutorEvent.Types.Launch { Task = task.Info },
            });
        }
    }

    private void Deliver(MessageToExecutor message)
    {
        if (_executors.TryGetValue((message.Framework, message.Executor), out ExecutorEntry? executor))
        {
            Tell(executor, new ExecutorEvent
            {
                Type = ExecutorEvent.Types.Type.Message,
                Message = new ExecutorEvent.Types.Message { Data = message.Data },
            });
        }
    }

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

        string exitFile = _directories.ExitFile(executor.Container);
        if (exitCode is null && File.Exists(exitFile) && int.TryParse(File.ReadAllText(exitFile), out int written))
        {
            exitCode = written;
        }

        executor.State = ExecutorState.Terminated;
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
            _master.Send(new ExecutorExited(Info.Id, executor.Framework.Id, executor.Id, ExitDescription.WaitStatus(exitCode ?? 0)));
        }

        CheckComplete(executor);
        CheckAllEnded();
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
        if (_sweep.IsCompleted)
        {
            _sweep = SweepAsync();
        }
    }

    private async Task SweepAsync()
    {
        while (await Mailbox.AskAsync(TakeSwept).ConfigureAwait(false) is { Count: > 0 } sandboxes)
        {
            if (ProcessSweep.Kill(sandboxes.Contains) is > 0 and var killed)
            {
                ClusterLog.LeftoversKilled(_logger, killed);
            }
        }
    }

    private HashSet<string> TakeSwept()
    {
        HashSet<string> taken = [.. _toSweep];
        _toSweep.Clear();
        return taken;
    }
}
