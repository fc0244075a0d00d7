using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Master;
using ElasticJob.Local.Messaging;
using Google.Protobuf;

namespace ElasticJob.Local.Agent;

/// <content>Updates of tasks: journalled, sent one at a time, repeated until the scheduler acknowledges.</content>
internal sealed partial class ClusterAgent
{
    private const int DoneTasksRemembered = 1000;
    private static readonly TimeSpan LongestRetryInterval = TimeSpan.FromMinutes(10);

    /// <summary>An update of an executor.</summary>
    private void Update(ExecutorEntry executor, TaskStatus update)
    {
        if (executor.Tasks.TryGetValue(update.TaskId, out AgentTask? task) && !task.SeenUpdates.Contains(update.Uuid) && !task.IsTerminal)
        {
            TaskStatus status = update.Clone();
            status.AgentId = Info.Id;
            status.ExecutorId = executor.Id;
            if (!status.HasTimestamp)
            {
                status.Timestamp = Now();
            }

            status.ContainerStatus = new ContainerStatus { ContainerId = new ContainerID { Value = executor.Container } };
            if (executor.Process is not null)
            {
                status.ContainerStatus.ExecutorPid = (uint)executor.Process.Identity.Pid;
            }

            Accept(executor, task, status);
        }

        // Journalled now or before, or of a task that is over: the executor need not keep it.
        Tell(executor, new ExecutorEvent
        {
            Type = ExecutorEvent.Types.Type.Acknowledged,
            Acknowledged = new ExecutorEvent.Types.Acknowledged { TaskId = update.TaskId, Uuid = update.Uuid },
        });
    }

    private void Accept(ExecutorEntry executor, AgentTask task, TaskStatus status)
    {
        executor.Journal.Write(ExecutorJournal.Update, status);
        Apply(task, status);
        if (task.IsTerminal)
        {
            _used.Subtract(task.Resources);
        }

        if (task.Unacknowledged.Count == 1)
        {
            Forward(executor, task);
        }
    }

    private static void Apply(AgentTask task, TaskStatus status)
    {
        task.SeenUpdates.Add(status.Uuid);
        task.Latest = status;
        task.IsTerminal = status.State.IsTerminal();
        task.Unacknowledged.Enqueue(status);
    }

    /// <summary>Sends the oldest unacknowledged update, and again after a pause that doubles.</summary>
    private void Forward(ExecutorEntry executor, AgentTask task)
    {
        if (!task.Unacknowledged.TryPeek(out TaskStatus? status))
        {
            return;
        }

        Tell(new ForwardStatus(Info.Id, executor.Framework.Id, status, task.Latest!.State));
        TimeSpan pause = _options.UpdateRetryInterval * Math.Pow(2, Math.Min(task.Attempts++, 20));
        pause = pause < LongestRetryInterval ? pause : LongestRetryInterval;
        if (task.RetryTimer is null)
        {
            task.RetryTimer = _options.Time.CreateTimer(_ => Mailbox.Post(() => Forward(executor, task)), null, pause, Timeout.InfiniteTimeSpan);
        }
        else
        {
            task.RetryTimer.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    private void Acknowledged(AcknowledgeStatus acknowledge)
    {
        foreach (ExecutorEntry executor in _executors.Values.Where(one => one.Framework.Id.Equals(acknowledge.Framework)))
        {
            if (executor.Tasks.TryGetValue(acknowledge.Task, out AgentTask? task))
            {
                Acknowledged(executor, task, acknowledge.Uuid);
                return;
            }
        }
    }

    private void Acknowledged(ExecutorEntry executor, AgentTask task, ByteString uuid)
    {
        if (!task.Unacknowledged.TryPeek(out TaskStatus? head) || !head.Uuid.Equals(uuid))
        {
            return;
        }

        executor.Journal.Write(ExecutorJournal.Acknowledgement, new TaskStatus { TaskId = task.Id, State = head.State, Uuid = uuid });
        task.Unacknowledged.Dequeue();
        task.RetryTimer?.Dispose();
        task.RetryTimer = null;
        task.Attempts = 0;
        if (task.Unacknowledged.Count > 0)
        {
            Forward(executor, task);
        }
        else if (task.IsTerminal)
        {
            Done(executor, task);
        }
    }

    private void Done(ExecutorEntry executor, AgentTask task)
    {
        executor.Journal.Write(ExecutorJournal.TaskDone, task.Id);
        executor.Tasks.Remove(task.Id);
        executor.RecentlyDone.Enqueue(task.Id);
        if (executor.RecentlyDone.Count > DoneTasksRemembered)
        {
            executor.RecentlyDone.Dequeue();
        }

        if (executor.State != ExecutorState.Terminated && executor.Journal.IsLarge)
        {
            executor.Journal.Compact(Alive(executor));
        }

        CheckComplete(executor);
    }

    /// <summary>An ended executor with nothing left to tell is forgotten; its sandbox stays for a while.</summary>
    private void CheckComplete(ExecutorEntry executor)
    {
        if (executor.State != ExecutorState.Terminated || executor.Tasks.Values.Any(task => !task.IsTerminal || task.Unacknowledged.Count > 0))
        {
            return;
        }

        foreach (AgentTask task in executor.Tasks.Values)
        {
            task.RetryTimer?.Dispose();
        }

        if (_executors.Remove((executor.Framework.Id, executor.Id)))
        {
            executor.Journal.Delete();
            File.Delete(_directories.ExitFile(executor.Container));
            Completed(executor);
        }
    }

    private void Connected(FrameworkInfo framework)
    {
        foreach (ExecutorEntry executor in _executors.Values.Where(one => one.Framework.Id.Equals(framework.Id)).ToList())
        {
            executor.Framework = framework;
            foreach (AgentTask task in executor.Tasks.Values)
            {
                task.Attempts = 0;
                Forward(executor, task);
            }
        }
    }

    private static IEnumerable<(byte Kind, byte[] Record)> Alive(ExecutorEntry executor)
    {
        yield return (ExecutorJournal.Framework, executor.Framework.ToByteArray());
        yield return (ExecutorJournal.Executor, executor.Info.ToByteArray());
        string container = $"{executor.Container} {(executor.IsCommand ? "command" : "custom")} {executor.Token}";
        yield return (ExecutorJournal.Container, System.Text.Encoding.UTF8.GetBytes(container));
        if (executor.Process is { } process)
        {
            yield return (ExecutorJournal.Process, System.Text.Encoding.UTF8.GetBytes(process.Identity.ToString()));
        }

        foreach (AgentTask task in executor.Tasks.Values)
        {
            yield return (ExecutorJournal.Task, task.Info.ToByteArray());
            if (task.Latest is { } latest && task.Unacknowledged.Count == 0)
            {
                yield return (ExecutorJournal.Update, latest.ToByteArray());
                yield return (ExecutorJournal.Acknowledgement, new TaskStatus { TaskId = task.Id, State = latest.State, Uuid = latest.Uuid }.ToByteArray());
            }

            foreach (TaskStatus update in task.Unacknowledged)
            {
                yield return (ExecutorJournal.Update, update.ToByteArray());
            }
        }
    }
}
