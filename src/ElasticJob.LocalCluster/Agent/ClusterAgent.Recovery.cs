using System.Text;
using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Processes;

namespace ElasticJob.Local.Agent;

/// <content>After a restart: journals are read, survivors are adopted or killed.</content>
/// <remarks>
/// 1. every journal becomes an executor again, with its tasks and unacknowledged updates; 2. an executor whose process is alive is adopted if its
/// framework checkpoints, otherwise killed; 3. processes of ours that belong to no adopted executor are killed; 4. only then does the agent
/// register, so the master hears what is true.
/// </remarks>
internal sealed partial class ClusterAgent
{
    /// <summary>Recovers; must have ended before <see cref="ConnectAsync"/>.</summary>
    public Task RecoverAsync() => Mailbox.AskAsync(() =>
    {
        List<ExecutorEntry> recovered = [];
        foreach (string journal in Directory.EnumerateFiles(_directories.Journals, "*.journal").ToList())
        {
            if (Read(journal) is { } executor)
            {
                recovered.Add(executor);
            }
            else
            {
                File.Delete(journal);
            }
        }

        HashSet<string> adopted = [.. recovered.Where(Adopt).Select(executor => executor.Sandbox)];
        string own = _directories.Root + "/";
        int killed = ProcessSweep.Kill(path => path.StartsWith(own, StringComparison.Ordinal) && !adopted.Contains(path));
        if (killed > 0)
        {
            ClusterLog.LeftoversKilled(_logger, killed);
        }

        foreach (ExecutorEntry executor in recovered.Where(executor => !adopted.Contains(executor.Sandbox)))
        {
            Ended(executor, null);
        }

        CollectGarbage();
        return true;
    });

    private ExecutorEntry? Read(string journal)
    {
        FrameworkInfo? framework = null;
        ExecutorInfo? info = null;
        string[]? container = null;
        ExecutorEntry? executor = null;
        foreach ((byte kind, byte[] record) in RecordFile.Read(journal))
        {
            switch (kind)
            {
                case ExecutorJournal.Framework:
                    framework = FrameworkInfo.Parser.ParseFrom(record);
                    break;
                case ExecutorJournal.Executor:
                    info = ExecutorInfo.Parser.ParseFrom(record);
                    break;
                case ExecutorJournal.Container:
                    container = Encoding.UTF8.GetString(record).Split(' ');
                    executor = Recovered(journal, framework!, info!, container);
                    break;
                default:
                    Replay(executor!, kind, record);
                    break;
            }
        }

        if (executor is not null)
        {
            _executors[(executor.Framework.Id, executor.Id)] = executor;
            _used.Add(executor.Resources);
            foreach (AgentTask task in executor.Tasks.Values.Where(task => !task.IsTerminal))
            {
                _used.Add(task.Resources);
            }
        }

        return executor;
    }

    private ExecutorEntry Recovered(string journal, FrameworkInfo framework, ExecutorInfo info, string[] container) =>
        new(framework, info, container[1] == "command", container[0], container[2])
        {
            Sandbox = _directories.Sandbox(framework.Id, info.ExecutorId, container[0]),
            Journal = new ExecutorJournal(journal, _logger),
            IsRecovered = true,
        };

    private void Replay(ExecutorEntry executor, byte kind, byte[] record)
    {
        switch (kind)
        {
            case ExecutorJournal.Process:
                ProcessIdentity identity = ProcessIdentity.Parse(Encoding.UTF8.GetString(record));
                executor.Process = identity.IsAlive() ? ContainerProcess.Adopt(identity, () => Mailbox.Post(() => Ended(executor, null))) : null;
                executor.Verdict = null;
                executor.WasStarted = true;
                break;
            case ExecutorJournal.Task:
                var task = new AgentTask(TaskInfo.Parser.ParseFrom(record)) { Delivered = true };
                executor.Tasks[task.Id] = task;
                break;
            case ExecutorJournal.Update:
                TaskStatus status = TaskStatus.Parser.ParseFrom(record);
                if (executor.Tasks.TryGetValue(status.TaskId, out AgentTask? updated))
                {
                    Apply(updated, status);
                }

                break;
            case ExecutorJournal.Acknowledgement:
                if (executor.Tasks.TryGetValue(TaskStatus.Parser.ParseFrom(record).TaskId, out AgentTask? acknowledged))
                {
                    acknowledged.Unacknowledged.TryDequeue(out _);
                }

                break;
            case ExecutorJournal.TaskDone:
                executor.Tasks.Remove(TaskID.Parser.ParseFrom(record));
                break;
            default:
                break;
        }
    }

    /// <summary>True if the executor goes on.</summary>
    private bool Adopt(ExecutorEntry executor)
    {
        if (executor.Process is { } process)
        {
            if (executor.Framework.Checkpoint)
            {
                ClusterLog.ExecutorRecovered(_logger, executor.Id.Value, executor.Framework.Id.Value);
                executor.State = executor.IsCommand ? ExecutorState.Running : ExecutorState.Registering;
                if (!executor.IsCommand)
                {
                    Deadline(executor, _options.ExecutorReregistrationTimeout, (Lost(executor.Framework, TaskState.TaskGone),
                        TaskStatus.Types.Reason.ExecutorReregistrationTimeout, "The executor did not subscribe again after a restart of its agent"));
                }

                return true;
            }

            process.Signal(NativeMethods.SigKill);
        }

        // A command may have ended properly while nobody watched: then its exit code is on the disk and tells more than this.
        if (!executor.IsCommand || !File.Exists(_directories.ExitFile(executor.Container)))
        {
            executor.Verdict = (Lost(executor.Framework, TaskState.TaskGone), TaskStatus.Types.Reason.AgentRestarted,
                "The executor ended while its agent was not running, or did not outlive the restart");
        }

        return false;
    }
}
