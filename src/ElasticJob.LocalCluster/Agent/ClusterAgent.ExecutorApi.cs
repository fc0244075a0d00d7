using ElasticJob.Local.Http;
using ElasticJob.Local.Messaging;

namespace ElasticJob.Local.Agent;

/// <content>The executor API: subscriptions, calls, and what executors are told.</content>
internal sealed partial class ClusterAgent
{
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
                TaskStatus status = (call.Update ?? throw CallRefusedException.Missing("executor", "update")).Status;
                CheckUpdate(status, call.ExecutorId);
                Carry(call, () => Update(executor, status));
                break;
            case ExecutorCall.Types.Type.Message:
                Google.Protobuf.ByteString data = (call.Message ?? throw CallRefusedException.Missing("executor", "message")).Data;
                Carry(call, () => Tell(new MessageToFramework(Info.Id, executor.Framework.Id, executor.Id, data)));
                break;
            case ExecutorCall.Types.Type.Heartbeat:
                break;
            default:
                throw new CallRefusedException(400, $"Failed to validate executor::Call: the call type {call.Type} is not supported.");
        }

        return true;
    }

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

    private ExecutorEntry Authorised(ExecutorCall call, string? token)
    {
        if (!call.HasType || call.Type == ExecutorCall.Types.Type.Unknown)
        {
            throw CallRefusedException.Missing("executor", "type");
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

    private void Carry(ExecutorCall call, Action deliver) =>
        _options.Gate.Carry(MessageLeg.ExecutorToAgent, Info.Id.Value, call, () => Mailbox.Post(deliver));

    private void Tell(ExecutorEntry executor, ExecutorEvent message) =>
        _options.Gate.Carry(MessageLeg.AgentToExecutor, Info.Id.Value, message, () => executor.Stream?.Send(message));
}
