using ElasticJob.Local.Checkpoints;
using ElasticJob.Local.Fetching;
using ElasticJob.Local.Messaging;
using ElasticJob.Local.Processes;
using ElasticJob.Local.Resources;
using ElasticJob.Mesos.ExecutorApi;

namespace ElasticJob.Local.Agent;

/// <content>From a task to a running process.</content>
/// <remarks>
/// 1. the task is booked and in the journal; 2. a running executor is told at once, otherwise 3. its files are fetched, 4. its process is
/// started and its identity journalled, 5. it has the registration timeout to subscribe and then gets its tasks.
/// </remarks>
internal sealed partial class ClusterAgent
{
    private void Run(RunTask run)
    {
        bool isCommand = run.Task.Executor is null;
        ExecutorID id = run.Task.Executor?.ExecutorId ?? new ExecutorID { Value = run.Task.TaskId.Value };
        if (_executors.TryGetValue((run.Framework.Id, id), out ExecutorEntry? executor))
        {
            if (executor.Tasks.ContainsKey(run.Task.TaskId))
            {
                return;
            }

            if (executor.State is ExecutorState.Terminating or ExecutorState.Terminated)
            {
                Drop(run, id, TaskStatus.Types.Reason.ExecutorTerminated, "The executor was ending when the task arrived");
                return;
            }
        }

        var task = new AgentTask(run.Task);
        ResourceSum needed = task.Resources.Copy();
        if (executor is null)
        {
            if (!run.LaunchExecutor || _allEnded is not null)
            {
                Drop(run, id, TaskStatus.Types.Reason.ExecutorTerminated, "The executor had ended when the task arrived");
                return;
            }

            needed.Add(isCommand ? new ResourceSum() : ResourceSum.Of(run.Task.Executor!.Resources));
        }

        if (!_total.Copy().Subtract(_used).Contains(needed))
        {
            Drop(run, id, TaskStatus.Types.Reason.ResourcesUnknown, $"The agent has less than the {needed} that the task needs");
            return;
        }

        bool launch = executor is null;
        try
        {
            executor ??= Create(run.Framework, run.Task, isCommand, id);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Fail(run, id, $"The sandbox could not be made: {fault.Message}");
            return;
        }

        _used.Add(needed);
        executor.Tasks.Add(task.Id, task);
        executor.Journal.Write(ExecutorJournal.Task, run.Task);
        if (launch)
        {
            Track(LaunchAsync(executor));
        }
        else
        {
            DeliverTasks(executor);
        }
    }

    private void Drop(RunTask run, ExecutorID executor, TaskStatus.Types.Reason reason, string why) =>
        Refuse(run, executor, Lost(run.Framework, TaskState.TaskDropped), reason, why);

    private void Fail(RunTask run, ExecutorID executor, string why) =>
        Refuse(run, executor, TaskState.TaskFailed, TaskStatus.Types.Reason.ContainerLaunchFailed, why);

    /// <summary>The answer to a task that never becomes one here: sent once, reconciliation tells it again.</summary>
    private void Refuse(RunTask run, ExecutorID executor, TaskState state, TaskStatus.Types.Reason reason, string why)
    {
        ClusterLog.TaskDropped(_logger, run.Task.TaskId.Value, run.Framework.Id.Value, why);
        var status = new TaskStatus
        {
            TaskId = run.Task.TaskId,
            State = state,
            Source = TaskStatus.Types.Source.Agent,
            Reason = reason,
            Message = why,
            AgentId = Info.Id,
            ExecutorId = executor,
            Timestamp = Now(),
        };
        Tell(new ForwardStatus(Info.Id, run.Framework.Id, status, state));

        // The master has booked a new executor that this agent will not run.
        if (run.LaunchExecutor && run.Task.Executor is not null && !_executors.ContainsKey((run.Framework.Id, executor)))
        {
            Tell(new ExecutorExited(Info.Id, run.Framework.Id, executor, 0));
        }
    }

    private ExecutorEntry Create(FrameworkInfo framework, TaskInfo task, bool isCommand, ExecutorID id)
    {
        string container = Guid.NewGuid().ToString();
        string token = _options.Credentials.Count > 0 ? Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)) : "";
        ExecutorInfo info = task.Executor ?? new ExecutorInfo { ExecutorId = id, FrameworkId = framework.Id, Command = task.Command };
        var executor = new ExecutorEntry(framework, info, isCommand, container, token)
        {
            Sandbox = _directories.CreateSandbox(framework.Id, id, container),
            Journal = new ExecutorJournal(_directories.Journal(container), _logger),
        };
        executor.Journal.Write(ExecutorJournal.Framework, framework);
        executor.Journal.Write(ExecutorJournal.Executor, info);
        executor.Journal.Write(ExecutorJournal.Container, $"{container} {(isCommand ? "command" : "custom")} {token}");
        _executors.Add((framework.Id, id), executor);
        return executor;
    }

    private void Track(Task work)
    {
        _launches.Add(work);
        _ = work.ContinueWith(_ => Mailbox.Post(() => _launches.Remove(work)), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task LaunchAsync(ExecutorEntry executor)
    {
        try
        {
            if (executor.Info.Command.Uris.Count > 0)
            {
                await Task.Yield();
                await _fetcher.FetchAsync(executor.Info.Command, executor.Sandbox, _stopping.Token).ConfigureAwait(false);
            }

            Mailbox.Post(() => Start(executor));
        }
        catch (FetchFailedException fault)
        {
            Mailbox.Post(() => FailLaunch(executor, fault.Message));
        }
        catch (OperationCanceledException)
        {
            Mailbox.Post(() => Ended(executor, null));
        }
        catch (Exception fault)
        {
            Mailbox.Post(() => FailLaunch(executor, $"The sandbox could not be filled: {fault.Message}"));
        }
    }

    private void FailLaunch(ExecutorEntry executor, string why)
    {
        ClusterLog.ExecutorLaunchFailed(_logger, executor.Id.Value, executor.Framework.Id.Value, why);
        executor.Verdict ??= (TaskState.TaskFailed, TaskStatus.Types.Reason.ContainerLaunchFailed, why);
        Ended(executor, null);
    }

    private void Start(ExecutorEntry executor)
    {
        if (executor.State != ExecutorState.Registering)
        {
            // Ended while its files were fetched.
            Ended(executor, null);
            return;
        }

        try
        {
            CommandInfo command = executor.Info.Command;
            IEnumerable<string> words = command.Shell
                ? ["/bin/sh", "-c", command.Value]
                : [command.Value, .. command.Arguments.Count > 0 ? command.Arguments.Skip(1) : []];
            executor.Process = ContainerProcess.Start(
                words,
                executor.Sandbox,
                EnvironmentOf(executor),
                executor.IsCommand ? _directories.ExitFile(executor.Container) : null,
                code => Mailbox.Post(() => Ended(executor, code)));
        }
        catch (Exception fault)
        {
            // Whatever it was: an executor without a process must not stay booked for ever.
            FailLaunch(executor, $"The process could not be started: {fault.Message}");
            return;
        }

        executor.WasStarted = true;
        executor.Journal.Write(ExecutorJournal.Process, executor.Process.Identity.ToString());
        ClusterLog.ExecutorStarted(_logger, executor.Id.Value, executor.Framework.Id.Value, executor.Process.Identity.Pid);
        if (executor.IsCommand)
        {
            StartCommand(executor);
            return;
        }

        Deadline(executor, _options.ExecutorRegistrationTimeout, (TaskState.TaskFailed, TaskStatus.Types.Reason.ExecutorRegistrationTimeout,
            $"The executor did not subscribe within {_options.ExecutorRegistrationTimeout.TotalSeconds:0.#} s of its start"));
    }

    private void StartCommand(ExecutorEntry executor)
    {
        executor.State = ExecutorState.Running;
        foreach (AgentTask task in executor.Tasks.Values)
        {
            task.Delivered = true;
            foreach (TaskState state in (TaskState[])[TaskState.TaskStarting, TaskState.TaskRunning])
            {
                TaskStatus status = AgentStatus(executor, task.Id, state, null, null);
                status.Source = TaskStatus.Types.Source.Executor;
                Accept(executor, task, status);
            }
        }
    }

    /// <summary>Kills the executor if it has not subscribed in time.</summary>
    private void Deadline(ExecutorEntry executor, TimeSpan time, (TaskState, TaskStatus.Types.Reason, string) verdict)
    {
        executor.Timer?.Dispose();
        executor.Timer = _options.Time.CreateTimer(
            _ => Mailbox.Post(() =>
            {
                if (executor.State == ExecutorState.Registering)
                {
                    executor.Verdict = verdict;
                    executor.State = ExecutorState.Terminating;
                    executor.Process?.Signal(NativeMethods.SigKill);
                }
            }),
            null,
            time,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// All that an executor sees: PATH, HOME, LANG and TZ of the cluster's process, the variables of its command, and what Mesos tells executors.
    /// Nothing else of the cluster's own environment reaches it.
    /// </summary>
    private Dictionary<string, string> EnvironmentOf(ExecutorEntry executor)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };
        foreach (string name in (string[])["PATH", "HOME", "LANG", "TZ"])
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }

        foreach (Mesos.V1.Environment.Types.Variable variable in executor.Info.Command.Environment?.Variables ?? [])
        {
            environment[variable.Name] = variable switch
            {
                { Secret.Value: { } secret } => secret.Data.ToStringUtf8(),
                { Secret.Reference: { } reference } => SecretReference.Resolve(variable.Name, reference),
                _ => variable.Value,
            };
        }

        environment["MESOS_FRAMEWORK_ID"] = executor.Framework.Id.Value;
        environment["MESOS_EXECUTOR_ID"] = executor.Id.Value;
        environment["MESOS_DIRECTORY"] = executor.Sandbox;
        environment["MESOS_SANDBOX"] = executor.Sandbox;
        environment["MESOS_AGENT_ENDPOINT"] = $"{_options.ListenAddress}:{Info.Port}";
        environment["MESOS_SLAVE_ID"] = Info.Id.Value;
        environment["MESOS_CHECKPOINT"] = executor.Framework.Checkpoint ? "1" : "0";
        environment["MESOS_RECOVERY_TIMEOUT"] = MesosDuration.Format(_options.RecoveryTimeout);
        environment["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = "2secs";
        environment["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] = MesosDuration.Format(Grace(executor));
        if (executor.Token.Length > 0)
        {
            environment["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"] = executor.Token;
        }

        return environment;
    }
}
